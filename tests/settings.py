"""The product's settings with a data directory of their own, so that no test sees or touches an installation."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="devops-platform-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

if os.environ.get("REDIS_URL"):
    # Each process of the tests has a Redis database of its own, so that none takes another's messages.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["REDIS_URL"] = f"{os.environ['REDIS_URL'].rpartition('/')[0]}/{worker}"

from devops_platform.settings import *  # noqa: E402, F403  # the data directory must be known first
from devops_platform.settings import DATA_DIR, DATABASES, STATIC_ROOT  # noqa: E402

STATIC_ROOT.mkdir(parents=True)  # WhiteNoise warns when there is nothing to serve from

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in production: the default in-memory database has no WAL and locks whole tables between threads.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "tests.sqlite3")}
