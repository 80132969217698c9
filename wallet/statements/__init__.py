"""Bank statements as banks send them (camt.053, camt.054, MT940), read into typed lines.

Pure functions from bytes: nothing here knows the database, the request or the settings. `read` says what a file holds;
`bounded.read_bounded` does the same in a process of its own with little memory and time, for files from strangers.
"""

from wallet.statements.parsed import ParsedLine, ParsedStatement, StatementUnreadable
from wallet.statements.read import read

__all__ = ["ParsedLine", "ParsedStatement", "StatementUnreadable", "read"]
