"""Where tests keep files: one folder for a run of tests, also for the processes they start."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="pathways-files-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
# The last word belongs to a test's own Settings.
os.environ["PATHWAYS_FILES_URL"] = f"folder:{FOLDER}"
