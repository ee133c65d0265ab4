"""The whole database as one file, and back, from either kind of database to either.

Reading and writing go by the tables as they are, of whichever revision, and not by the models:
so a backup of an older version is put into that version's tables, which are then brought up to
date as any others. Nothing that was sent is sent again by itself after a restore.
"""

from __future__ import annotations

from incidents.backup._file import Head, NoBackup, head_of, look
from incidents.backup._restoring import Restored, restore
from incidents.backup._tables import LEFT_OUT
from incidents.backup._writing import write

__all__ = ["LEFT_OUT", "Head", "NoBackup", "Restored", "head_of", "look", "restore", "write"]
