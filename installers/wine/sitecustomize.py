"""For Windows's Python in Wine, which hands on no Unix variable that begins with ``QT_``.

So a variable ``WQT_NAME`` becomes ``QT_NAME`` here.
"""

import os

for name in [each for each in os.environ if each.startswith("WQT_")]:
    os.environ[name[1:]] = os.environ[name]
