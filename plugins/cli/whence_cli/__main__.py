"""``python -m whence_cli``: the executable where no script is on the path.

Must not do more than the script does.
"""

from whence_cli.app import main

main()
