"""docs/stn.md: every source file of Mars has its row, and what the rows name exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "stn.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]

# Mars, master of September 2025: the sources of the rooms that netcore stands for, with the headers
# that have no source file. Left out: JNI, mocks, test cases, precompiled headers.
MARS = """
stn/config.h stn/dns_profile.h stn/stn.h stn/stn.cc stn/stn_callback_bridge.cc stn/stn_logic.cc
stn/stn_manager.cc stn/task_profile.h
stn/proto/longlink_packer.cc stn/proto/shortlink_packer.cc stn/proto/stnproto_logic.h
stn/src/anti_avalanche.cc stn/src/dynamic_timeout.cc stn/src/flow_limit.cc
stn/src/frequency_limit.cc stn/src/longlink.cc stn/src/longlink_connect_monitor.cc
stn/src/longlink_identify_checker.cc stn/src/longlink_metadata.cc stn/src/longlink_speed_test.cc
stn/src/longlink_task_manager.cc stn/src/net_channel_factory.cc stn/src/net_check_logic.cc
stn/src/net_core.cc stn/src/net_source.cc stn/src/netsource_timercheck.cc stn/src/proxy_test.cc
stn/src/shortlink.cc stn/src/shortlink_interface.h stn/src/shortlink_task_manager.cc
stn/src/signalling_keeper.cc stn/src/simple_ipport_sort.cc stn/src/smart_heartbeat.cc
stn/src/socket_operator.h stn/src/socket_pool.h stn/src/special_ini.h stn/src/task_intercept.cc
stn/src/task_profile.cc stn/src/tcp_socket_operator.cc stn/src/timing_sync.cc
stn/src/weak_network_logic.cc stn/src/zombie_task_manager.cc
baseevent/base_logic.h baseevent/baseevent.h baseevent/src/active_logic.cc
baseevent/src/baseprj.cc baseevent/src/baseprjevent.cc
app/app.h app/app_logic.cc app/app_manager.cc app/src/traffic_statistics.cc
app/src/wp/platform_logic.cpp
sdt/constants.h sdt/netchecker_profile.h sdt/sdt.h sdt/sdt_logic.cc sdt/sdt_manager.cc
sdt/src/activecheck/basechecker.cc sdt/src/activecheck/dnschecker.cc
sdt/src/activecheck/httpchecker.cc sdt/src/activecheck/pingchecker.cc
sdt/src/activecheck/tcpchecker.cc sdt/src/checkimpl/base_netinfo_query.cc
sdt/src/checkimpl/dnsquery.cc sdt/src/checkimpl/http_detector.cc
sdt/src/checkimpl/http_url_parser.h sdt/src/checkimpl/httpquery.cc sdt/src/checkimpl/pingquery.cc
sdt/src/checkimpl/tcpquery.cc sdt/src/sdt_core.cc sdt/src/tools/netchecker_trafficmonitor.cc
comm/socket/block_socket.cc comm/socket/complexconnect.cc comm/socket/getsocktcpinfo.cc
comm/socket/ipv6_address_utils.h comm/socket/local_ipstack.cc comm/socket/nat64_prefix_util.cc
comm/socket/socket_address.cc comm/socket/socketbreaker.h comm/socket/socketpoll.h
comm/socket/socketselect.h comm/socket/tcp_fsm_handler.h comm/socket/tcpclient.cc
comm/socket/tcpclient_fsm.cc comm/socket/tcpserver.cc comm/socket/tcpserver_fsm.cc
comm/socket/udpclient.cc comm/socket/udpserver.cc comm/socket/unix_socket.cc
"""


def test_every_source_file_of_mars_has_exactly_one_row():
    named = [path for row in ROWS for path in re.findall(r"`([^`]+)`", row[0])]
    assert sorted(named) == sorted(set(named))
    assert sorted(named) == sorted(MARS.split())


def test_every_row_names_modules_that_exist_and_tests_that_exist():
    for source, modules, tests, differs in ROWS:
        for name in re.findall(r"`([\w/]+\.py|policy/)`", modules):
            assert (ROOT / "netcore" / name).exists(), (source, name)
        proofs = re.findall(r"`([\w/]+\.py|[\w]+/)`", tests)
        for name in proofs:
            assert (ROOT / "tests" / "netcore" / name).exists(), (source, name)
        assert differs, source
        ours = re.search(r"`[\w/]+\.py`", modules)
        assert proofs or not ours, f"{source} is here and nothing proves it"
        assert ours or differs != ".", f"{source} is not here and no reason is given"


def test_every_module_of_netcore_is_named_or_a_mere_part():
    named = set(re.findall(r"`([\w/]+\.py)`", PAGE))
    parts = {  # the words, shells and shared parts that no single file of Mars stands for
        "runtime/alarm.py",
        "runtime/whole_file.py",
        "links/contract.py",
        "links/decisions.py",
        "runtime/task_holder.py",
        "engine/snapshots.py",
        "engine/task_events.py",
        "links/pending_task.py",
        "shortlink/config.py",
        "sdt/cli.py",
        "sdt/streams.py",
    }
    there = {
        path.relative_to(ROOT / "netcore").as_posix()
        for path in (ROOT / "netcore").rglob("*.py")
        if path.name != "__init__.py"
    }
    assert there - named - parts - {"runtime/clock.py"} == set()
    assert parts <= there
