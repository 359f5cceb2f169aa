"""README.md: its snippets run, and its links lead somewhere."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path

from netcore.connect.certificate import load_or_make
from tests.netcore.peers import HOST, EchoPeer
from xlog import read_text

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "README.md").read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_there_is_one_snippet_for_each_library():
    assert [re.findall(r"^from (\w+) import", each, re.M) for each in SNIPPETS] == [
        ["xlog"],
        ["netcore"],
    ]


def test_the_log_handler_logs(tmp_path):
    root = logging.getLogger()
    before = list(root.handlers)
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        exec(compile(SNIPPETS[0], "README.md", "exec"), {})
        logging.getLogger("shop").error("sold out")
    finally:
        for each in [each for each in root.handlers if each not in before]:
            root.removeHandler(each)
            each.close()
        os.chdir(here)
    [path] = (tmp_path / "logs").glob("myprogram_*.xlog")
    assert b"[shop]" in read_text(path)
    assert b"sold out" in read_text(path)


async def test_the_request_is_answered(tmp_path):
    import asyncio

    certificate = load_or_make(tmp_path, [HOST])
    async with EchoPeer(tls=certificate.context()) as peer:
        source = SNIPPETS[1]
        source = source.replace("im.example", HOST).replace("8081", str(peer.port))
        pinned = (
            f'longlink_ports=({peer.port},), tls=TlsSettings(pins={{"{certificate.fingerprint}"}})'
        )
        source = source.replace(f"longlink_ports=({peer.port},)", pinned)
        source = source.replace("import NetCore,", "import TlsSettings, NetCore,")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-W", "error", "-c", source), cwd=ROOT, stdout=subprocess.PIPE
        )
        async with asyncio.timeout(30):
            out, _ = await process.communicate()
    assert process.returncode == 0
    assert out.strip() == b"b'hello'"


def test_its_links_lead_somewhere():
    targets = [each for each in re.findall(r"\]\(([^)#]+)", PAGE) if "://" not in each]
    assert targets
    assert [each for each in targets if not (ROOT / each).exists()] == []
