"""``python -m whence.relay``; must hold nothing of its own."""

import sys

from whence.relay.program import run

if __name__ == "__main__":
    run(sys.argv[1:])
