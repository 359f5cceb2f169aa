"""SDT, network diagnosis: checks and a verdict in words.

``plan`` says what to check, ``run`` runs the checks together, each check is a module of its own
(``ping``, ``dns``, ``tcp``, ``tls``, ``http``, ``path``, ``portal``, ``proxy``), ``verdict``
concludes and ``words`` says it in English and Chinese. When a diagnosis is due by itself is decided
by ``netcore.policy.netcheck``. Imports ``netcore.connect``, the long link's codec and the
vocabulary; never ``netcore.core``.
"""
