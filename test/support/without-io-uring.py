"""without-io-uring.py ERRNO COMMAND...: runs a command whose io_uring_setup fails with ERRNO, as a seccomp profile does it."""
import ctypes
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
IO_URING_SETUP = 425  # the same on every architecture
ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def instruction(code, jt, jf, k):
    return struct.pack("HBBI", code, jt, jf, k)


program = b"".join(
    [
        instruction(0x20, 0, 0, 4),  # load the architecture
        instruction(0x15, 0, 3, ARCHES[platform.machine()]),
        instruction(0x20, 0, 0, 0),  # load the number of the system call
        instruction(0x15, 0, 1, IO_URING_SETUP),
        instruction(0x06, 0, 0, 0x00050000 | int(sys.argv[1])),  # SECCOMP_RET_ERRNO
        instruction(0x06, 0, 0, 0x7FFF0000),  # SECCOMP_RET_ALLOW
    ]
)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


libc = ctypes.CDLL(None, use_errno=True)
libc.prctl.argtypes = [ctypes.c_int] + [ctypes.c_void_p] * 4
fprog = Program(len(program) // 8, program)
for args in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(fprog), 0, 0)):
    if libc.prctl(*args) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
os.execvp(sys.argv[2], sys.argv[2:])
