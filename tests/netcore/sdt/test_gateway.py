"""Routers out of recorded routing tables."""

from netcore.sdt.gateway import from_linux, from_netstat

# macOS 14 with Wi-Fi, iCloud Private Relay and a VPN: shortened, the addresses changed.
MACOS = """\
Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.1.1        UGScg                 en0
default            link#22            UCSIg           bridge100      !
default            10.8.0.1           UGScIg              utun6
127                127.0.0.1          UCS                   lo0
192.168.1.1/32     link#12            UCS                   en0      !

Internet6:
Destination                             Gateway                         Flags         Netif Expire
default                                 fe80::1e5f:2bff:fe01:203%en0    UGcg            en0
default                                 fe80::%utun0                    UGcIg         utun0
default                                 fe80::%utun1                    UGcIg         utun1
default                                 fe80::%awdl0                    UGcIg         awdl0
::1                                     ::1                             UHL             lo0
"""

WINDOWS = """\
===========================================================================
Interface List
 12...00 15 5d 01 02 03 ......Hyper-V Network Adapter
===========================================================================

IPv4 Route Table
===========================================================================
Active Routes:
Network Destination        Netmask          Gateway       Interface  Metric
          0.0.0.0          0.0.0.0      192.168.7.1    192.168.7.20     25
          0.0.0.0          0.0.0.0         On-link         10.8.0.2      5
===========================================================================
Persistent Routes:
  None
"""


def test_macos_s_tunnels_are_no_routers():
    assert from_netstat(MACOS) == ["192.168.1.1", "fe80::1e5f:2bff:fe01:203%en0"]


def test_windows_s_table():
    assert from_netstat(WINDOWS) == ["192.168.7.1"]


def test_a_tool_that_says_nothing_knows_no_router():
    assert from_netstat("") == []


def test_linux_s_tables_by_metric():
    v4 = (
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n"
        "wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\n"
        "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\n"
    )
    assert from_linux(v4, "") == ["192.168.1.1", "192.168.2.1"]
