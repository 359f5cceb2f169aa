"""What fails under Wine and not on Windows, each test with its reason.

A test's name, or the beginning of one; a file that ends with ``::`` is not run at all. Nothing is
here that was not understood: a failure without a reason fails the check.
"""

_CHAINS = "Wine takes an incomplete chain of certificates for a good one"
_RESET = "Wine ends a connection by RST as by a plain close"

TESTS: dict[str, str] = {
    "tests/netcore/connect/test_tls.py::test_an_unknown_authority_is_refused": _CHAINS,
    "tests/netcore/longlink/test_link.py::test_a_reset_says_so": _RESET,
    "tests/netcore/sdt/test_icmp_windows.py::test_the_system_answers_its_own_echo[::1]": (
        "Wine has no Icmp6SendEcho2 (its error is ERROR_CALL_NOT_IMPLEMENTED)"
    ),
}
