# SPDX-License-Identifier: Apache-2.0
"""The library as it is shipped: what it needs, what it exports, how large it is, and whether applications that know
only its installed files can be built with it and run. RELEASE_BUILD names the build folder."""
import ctypes
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from stand_in_agent import StandInAgent

HERE = Path(__file__).resolve().parent
BUILD = Path(os.environ["RELEASE_BUILD"])
LIBRARY = BUILD / "lib/libdevice-agent.so"
MOST_BYTES = 100_000


def output(*command, **options):
    """What a program printed that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class ShippedLibrary(unittest.TestCase):
    def dynamic(self, tag):
        lines = output("readelf", "--dynamic", "--wide", LIBRARY).splitlines()
        return [line[line.index("[") + 1:line.rindex("]")] for line in lines if f"({tag})" in line]

    def test_needs_the_c_library_alone(self):
        self.assertEqual([name.split(".so")[0] for name in self.dynamic("NEEDED")], ["libc"])
        self.assertEqual(self.dynamic("SONAME"), ["libdevice-agent.so.0"])

    def test_exports_what_the_list_says_and_nothing_else(self):
        symbols = [line.split()[-1] for line in output("nm", "--dynamic", "--defined-only", LIBRARY).splitlines()
                   if " A " not in line]
        self.assertEqual(sorted(symbols), (HERE / "exported_symbols.txt").read_text().split())

    def test_is_small(self):
        with tempfile.TemporaryDirectory() as folder:
            stripped = Path(folder, "library.so")
            output("strip", "--strip-unneeded", "-o", stripped, LIBRARY)
            self.assertLessEqual(stripped.stat().st_size, MOST_BYTES)


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("system_error", ctypes.c_int), ("retry_after", ctypes.c_uint),
                ("message", ctypes.c_char * 500)]


class Identity(ctypes.Structure):
    _fields_ = [("hub", ctypes.c_char_p), ("device", ctypes.c_char_p), ("module", ctypes.c_char_p),
                ("authentication", ctypes.c_int)]


class LoadedAtRunTime(unittest.TestCase):
    """By dlopen, as other languages do."""

    def test_works_without_a_header(self):
        library = ctypes.CDLL(str(LIBRARY))
        with tempfile.TemporaryDirectory() as folder:
            socket = Path(folder, "agent.sock")
            client, error = ctypes.c_void_p(), Error()
            self.assertEqual(library.device_agent_open(str(socket).encode(), None, ctypes.byref(client),
                                                       ctypes.byref(error)), 0)
            identity = ctypes.POINTER(Identity)()
            self.assertEqual(library.device_agent_get_identity(client, 10000, ctypes.byref(identity),
                                                               ctypes.byref(error)), 5)
            self.assertIn("does not listen", error.message.decode())
            with StandInAgent(socket):
                self.assertEqual(library.device_agent_wait(client, 10000, ctypes.byref(identity),
                                                           ctypes.byref(error)), 0)
            self.assertEqual(identity.contents.module, b"AppB")
            library.device_agent_free_identity(identity)
            library.device_agent_close(client)


class InstalledLibrary(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.prefix = Path(cls.folder.name, "prefix")
        for component in ("client", "client-dev"):
            output("cmake", "--install", BUILD, "--prefix", cls.prefix, "--component", component)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_with_agent(self, program):
        library_path = next(self.prefix.rglob("libdevice-agent.so")).parent
        socket = Path(self.folder.name, f"{self._testMethodName}.sock")
        with StandInAgent(socket):
            return output(program, env={"DEVICE_AGENT_SOCKET": str(socket), "LD_LIBRARY_PATH": str(library_path)})

    def test_pkg_config_builds_programs_in_c_and_cpp(self):
        package = next(self.prefix.rglob("device-agent-client.pc")).parent
        flags = output("pkg-config", "--cflags", "--libs", "device-agent-client",
                       env={**os.environ, "PKG_CONFIG_PATH": str(package)}).split()
        for compiler, source, standard, said in (("cc", "main.c", "c99", "C: "), ("c++", "main.cpp", "c++17", "C++: ")):
            program = Path(self.folder.name, compiler)
            output(compiler, f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", program,
                   HERE / "application" / source, *flags)
            self.assertEqual(self.run_with_agent(program), f"{said}hub.example/press-7/AppB, token of the right form\n")

    def test_find_package_builds_programs_in_c_and_cpp(self):
        build = Path(self.folder.name, "build")
        output("cmake", "-S", HERE / "application", "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        output("cmake", "--build", build)
        for program, said in (("in_c", "C: "), ("in_cpp", "C++: ")):
            self.assertEqual(self.run_with_agent(build / program),
                             f"{said}hub.example/press-7/AppB, token of the right form\n")


if __name__ == "__main__":
    unittest.main()
