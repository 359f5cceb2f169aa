"""What a diagnosis says, in English and Chinese: verdicts with what to do, names of checks,
what they found, and why they failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netcore.sdt.result import CheckCause, CheckKind, Status
from netcore.sdt.verdict import Conclusion, Verdict

LANGUAGES = ("en", "zh")

_TEXTS: Mapping[Conclusion, tuple[str, str]] = {
    Conclusion.CANCELLED: (
        "The diagnosis was stopped before it found anything. Run it again to get a result.",
        "诊断在得出结论之前被停止了。重新运行即可得到结论。",
    ),
    Conclusion.PORTAL: (
        "This network asks you to log in first. Open a web browser and finish the log-in page; "
        "your messages will then be sent automatically. {where}",
        "当前网络要求先登录。请打开浏览器完成登录页面，之后消息会自动发出。{where}",
    ),
    Conclusion.PROXY_FAILS: (
        "The proxy {proxy} does not work: {detail}. Check its address, user name and password in "
        "the settings, or turn it off.",
        "代理 {proxy} 不可用：{detail}。请检查设置中的地址、用户名和密码，或关闭代理。",
    ),
    Conclusion.CERTIFICATE: (
        "The server {host} answers, but it cannot prove who it is: {detail}. Do not continue "
        "unless you can compare its fingerprint with the one from the person who runs the server.",
        "服务器 {host} 有应答，但无法证明自己的身份：{detail}。"
        "除非能与服务器管理者提供的指纹核对一致，否则不要继续。",
    ),
    Conclusion.WELL: (
        "Everything works: the server {host} answers in {ms} ms.",
        "一切正常：服务器 {host} 在 {ms} 毫秒内应答。",
    ),
    Conclusion.WEAK: (
        "Messages get through to {host}, but the network is weak (round trip {ms} ms{loss}). "
        "Move closer to the Wi-Fi router, or stop large downloads.",
        "消息可以到达 {host}，但网络较弱（往返 {ms} 毫秒{loss}）。"
        "请靠近 Wi-Fi 路由器，或停止大流量下载。",
    ),
    Conclusion.WRONG_SERVER: (
        "Something answers at {host}, but it is not a chat server: {detail}. Check the server's "
        "address, ports and encryption in the settings.",
        "{host} 有应答，但那不是聊天服务器：{detail}。请检查设置中的服务器地址、端口和加密选项。",
    ),
    Conclusion.LONGLINK_BLOCKED: (
        "Single requests reach {host}, but the long link cannot connect ({detail}). A firewall "
        "probably blocks its port. Messages are still sent, only more slowly.",
        "单次请求能到达 {host}，但长连接无法建立（{detail}）。可能有防火墙封锁了它的端口。"
        "消息仍可发出，只是较慢。",
    ),
    Conclusion.SERVER_REFUSES: (
        "{host} can be reached, but no chat server is running there (the connection was refused). "
        "Check the port, or contact the person who runs the server.",
        "能连到 {host}，但那里没有运行聊天服务器（连接被拒绝）。请检查端口，或联系服务器管理者。",
    ),
    Conclusion.SERVER_SILENT: (
        "The server {host} accepts connections but does not answer. It is probably overloaded; "
        "your messages will be sent when it recovers.",
        "服务器 {host} 接受了连接却没有应答。它可能已过载；你的消息会在它恢复后发出。",
    ),
    Conclusion.NO_NETWORK: (
        "This computer is not connected to a network. Connect it by cable or Wi-Fi.",
        "这台电脑没有连接任何网络。请用网线或 Wi-Fi 连接。",
    ),
    Conclusion.ROUTER_SILENT: (
        "Your router ({gateway}) does not answer. Check the cable or the Wi-Fi, or restart the "
        "router.",
        "你的路由器（{gateway}）没有应答。请检查网线或 Wi-Fi，或重启路由器。",
    ),
    Conclusion.DNS_DOWN_ONE: (
        "This computer's DNS server cannot find {host}, but {server} can. Use that DNS server in "
        "the network settings, or restart the router.",
        "本机的 DNS 服务器查不到 {host}，但 {server} 可以。"
        "请在网络设置中改用该 DNS 服务器，或重启路由器。",
    ),
    Conclusion.DNS_DOWN: (
        "Your router answers, but DNS does not: names such as {host} cannot be resolved. Restart "
        "the router, or set another DNS server in the network settings.",
        "路由器有应答，但 DNS 没有：无法解析 {host} 这样的名称。请重启路由器，"
        "或在网络设置中更换 DNS 服务器。",
    ),
    Conclusion.NAME_UNKNOWN: (
        "There is no server called {host}: no DNS server knows this name. Check the spelling in "
        "the settings.",
        "没有名为 {host} 的服务器：所有 DNS 服务器都查不到它。请检查设置中的拼写。",
    ),
    Conclusion.INTERNET_DOWN: (
        "Your router ({gateway}) answers, but nothing beyond it does. The line or the provider has "
        "a problem; your messages will be sent when it is fixed.",
        "路由器（{gateway}）有应答，但它之外没有任何应答。线路或运营商出现故障；"
        "你的消息会在恢复后发出。",
    ),
    Conclusion.SERVER_UNREACHABLE: (
        "The internet works, but the server {host} does not answer. It may be down, or a firewall "
        "may block it; your messages will be sent when it is back.",
        "互联网正常，但服务器 {host} 没有应答。它可能已停机，或被防火墙阻挡；"
        "你的消息会在恢复后发出。",
    ),
    Conclusion.UNCLEAR: (
        "The checks do not agree on why {host} cannot be reached. Export the diagnostics and send "
        "them to your support.",
        "各项检查未能就 {host} 无法连接的原因得出一致结论。请导出诊断信息并交给技术支持。",
    ),
}

_KINDS: Mapping[CheckKind, tuple[str, str]] = {
    CheckKind.GATEWAY: ("Router", "路由器"),
    CheckKind.PING: ("Ping", "Ping"),
    CheckKind.DNS: ("Name lookup", "域名解析"),
    CheckKind.TCP: ("Long link", "长连接"),
    CheckKind.TLS: ("Encryption", "加密"),
    CheckKind.HTTP: ("Short link", "短连接"),
    CheckKind.TRACEROUTE: ("Route", "路由跟踪"),
    CheckKind.PATH_MTU: ("Packet size", "路径 MTU"),
    CheckKind.PORTAL: ("Captive portal", "强制门户"),
    CheckKind.PROXY: ("Proxy", "代理"),
}

_STATUSES: Mapping[Status, tuple[str, str]] = {
    Status.OK: ("good", "正常"),
    Status.SLOW: ("weak", "较弱"),
    Status.FAILED: ("failed", "失败"),
    Status.SKIPPED: ("not run", "未运行"),
}


_CAUSES: Mapping[CheckCause, tuple[str, str]] = {
    CheckCause.TIMEOUT: ("no answer in time", "未在时限内应答"),
    CheckCause.REFUSED: ("the connection was refused", "连接被拒绝"),
    CheckCause.UNREACHABLE: ("there is no route to it", "无法到达"),
    CheckCause.RESET: ("the connection was cut", "连接被中断"),
    CheckCause.LOSS: ("packets are lost", "有丢包"),
    CheckCause.NO_ANSWER: ("connected, then silence", "已连接，但没有应答"),
    CheckCause.BAD_ANSWER: ("the answer was not the expected one", "应答的内容不符合预期"),
    CheckCause.NOT_FOUND: ("there is no such name", "没有这个名称"),
    CheckCause.SERVER_FAILURE: ("the server reported a failure", "服务器报告故障"),
    CheckCause.CERTIFICATE: ("the certificate is not trusted", "证书不受信任"),
    CheckCause.HANDSHAKE: ("the TLS handshake failed", "TLS 握手失败"),
    CheckCause.REDIRECTED: ("redirected to another page", "被转到另一个页面"),
    CheckCause.LOGIN_REFUSED: ("the log-in was refused", "登录被拒绝"),
    CheckCause.NO_PERMISSION: ("this account has no permission", "当前账号没有权限"),
    CheckCause.NOT_SUPPORTED: ("not supported by this system", "本系统不支持"),
    CheckCause.NOT_CONFIGURED: ("nothing to check", "没有可检查的设置"),
    CheckCause.CANCELLED: ("stopped", "已停止"),
}


def _index(language: str) -> int:
    return 1 if language.lower().startswith("zh") else 0


def say(verdict: Verdict, language: str = "en") -> str:
    """The verdict as a paragraph; ``language`` is "en" or "zh" (also "zh_CN" and the like)."""
    values: dict[str, Any] = {"where": "", "loss": "", "detail": "", **verdict.values}
    if _index(language):  # what a check says of itself is English
        values["detail"] = cause_of(verdict.values.get("cause", ""), language) or values["detail"]
    if verdict.values.get("loss"):
        share = verdict.values["loss"]
        values["loss"] = (f", {share} % lost", f"，丢包 {share} %")[_index(language)]
    return _TEXTS[verdict.finding][_index(language)].format_map(values).strip()


def name_of(kind: CheckKind, language: str = "en") -> str:
    """What a kind of check is called."""
    return _KINDS[kind][_index(language)]


def status_of(status: Status, language: str = "en") -> str:
    """What a status is called."""
    return _STATUSES[status][_index(language)]


def cause_of(cause: CheckCause | str, language: str = "en") -> str:
    """Why a check failed, in a few words; "" for a cause that is unknown."""
    try:
        return _CAUSES[CheckCause(cause)][_index(language)]
    except (KeyError, ValueError):
        return ""


def facts_of(kind: CheckKind, facts: Mapping[str, Any], language: str = "en") -> str:
    """What a check found, in a few words: addresses, routers, bytes, days; "" for nothing.

    ``facts`` are those of a result, also as read from a file; unknown ones give "".
    """
    describe = _FACTS.get(kind)
    try:
        return describe(facts)[_index(language)] if describe is not None else ""
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
        return ""


def _pings(facts: Mapping[str, Any]) -> tuple[str, str]:
    sent, received = facts["sent"], facts["received"]
    if not received:
        return "", ""
    low, high = _ms(facts["min"]), _ms(facts["max"])
    return (
        f"{received} of {sent} came back, {low} to {high} ms",
        f"发出 {sent} 个，收到 {received} 个，{low} 至 {high} 毫秒",
    )


def _steps(facts: Mapping[str, Any]) -> tuple[str, str]:
    named = (("connect", "TCP"), ("tls", facts.get("version") or "TLS"), ("noop", "noop"))
    steps = [(name, _ms(facts[key])) for key, name in named if key in facts]
    if "status" in facts:
        steps.insert(0, ("HTTP", str(facts["status"])))
    english = [f"{name} {took}" + (" ms" if name != "HTTP" else "") for name, took in steps]
    chinese = [f"{name} {took}" + (" 毫秒" if name != "HTTP" else "") for name, took in steps]
    return ", ".join(english), "，".join(chinese)


def _certificate(facts: Mapping[str, Any]) -> tuple[str, str]:
    days, version = facts.get("days_left"), facts.get("version", "")
    if days is None:
        return version, version
    return (
        f"{version}, the certificate is good for {days:.0f} more days",
        f"{version}，证书还有 {days:.0f} 天到期",
    )


def _route(facts: Mapping[str, Any]) -> tuple[str, str]:
    route = " > ".join(hop["address"] or "*" for hop in facts["hops"])
    return route, route


def _size(facts: Mapping[str, Any]) -> tuple[str, str]:
    size, by = facts["mtu"], facts.get("limited_by")
    if by:
        return f"{size} B, limited by {by}", f"{size} 字节，受 {by} 限制"
    return f"{size} B", f"{size} 字节"


def _addresses(facts: Mapping[str, Any]) -> tuple[str, str]:
    addresses = facts["addresses"]
    return ", ".join(addresses), "、".join(addresses)


def _page(facts: Mapping[str, Any]) -> tuple[str, str]:
    where = str(facts.get("location", ""))
    return where, where


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.{0 if seconds >= 0.01 else 1}f}"


_FACTS: Mapping[CheckKind, Callable[[Mapping[str, Any]], tuple[str, str]]] = {
    CheckKind.GATEWAY: _pings,
    CheckKind.PING: _pings,
    CheckKind.DNS: _addresses,
    CheckKind.TCP: _steps,
    CheckKind.TLS: _certificate,
    CheckKind.HTTP: _steps,
    CheckKind.TRACEROUTE: _route,
    CheckKind.PATH_MTU: _size,
    CheckKind.PORTAL: _page,
    CheckKind.PROXY: _steps,
}
