"""Generate the Python code of `servanda.v1`, or check that what is committed is fresh.

    python proto/generate.py            write proto/servanda/v1/**/*_pb2*
    python proto/generate.py --check    fail if that would change a byte
    python proto/generate.py --layout   only lay out the imported protos, for buf

Needs the `dev` extra: grpcio-tools and mypy-protobuf.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path

PROTO = Path(__file__).resolve().parent
THIRD_PARTY = PROTO.parent / "build" / "proto"
PACKAGE = Path("servanda/v1")
BUNDLED = PACKAGE / "_bundled"
"""What ours import of google.*, for clients that have grpcio and protobuf alone."""
GOOGLE_FILES = {
    # The wheel ships the file under a name of its own; everybody imports it under this one.
    "google/longrunning/operations.proto": "google/longrunning/operations_proto.proto",
    "google/rpc/status.proto": "google/rpc/status.proto",
    "google/api/annotations.proto": "google/api/annotations.proto",
    "google/api/http.proto": "google/api/http.proto",
    "google/api/client.proto": "google/api/client.proto",
    "google/api/launch_stage.proto": "google/api/launch_stage.proto",
    "google/api/field_behavior.proto": "google/api/field_behavior.proto",
}


def lay_out_imports(into: Path = THIRD_PARTY) -> None:
    """Put the google/* protos that ours import where protoc and buf look for them."""
    wheel = distribution("googleapis-common-protos")
    for name, shipped_as in GOOGLE_FILES.items():
        (into / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(wheel.locate_file(shipped_as)), into / name)


def generate(into: Path) -> None:
    """Messages from every file, stubs and servicers from those that hold a service."""
    protoc("python", "mypy", protos=ours("*.proto"), into=into)
    protoc("grpc_python", "mypy_grpc", protos=ours("*_service.proto"), into=into)
    (into / BUNDLED).mkdir(parents=True, exist_ok=True)
    protoc("python", protos=GOOGLE_FILES, into=into / BUNDLED)
    protoc("grpc_python", protos=["google/longrunning/operations.proto"], into=into / BUNDLED)


def ours(pattern: str) -> Iterable[str]:
    return sorted(str(path.relative_to(PROTO)) for path in (PROTO / PACKAGE).glob(pattern))


def protoc(*plugins: str, protos: Iterable[str], into: Path) -> None:
    includes = (PROTO, THIRD_PARTY, files("grpc_tools") / "_proto")
    command = [sys.executable, "-m", "grpc_tools.protoc", *(f"-I{folder}" for folder in includes)]
    command += [f"--{plugin}_out={'quiet:' if 'mypy' in plugin else ''}{into}" for plugin in plugins]
    command += protos
    # The stub plugins lie beside the interpreter, also where its folder is not on the PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    subprocess.run(command, check=True, cwd=PROTO, env={**os.environ, "PATH": path})


def stale(fresh: Path) -> list[str]:
    """Generated files that are missing, left over or differ from fresh ones."""
    old, new = generated(PROTO), generated(fresh)
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def generated(root: Path) -> dict[str, bytes]:
    package = root / PACKAGE
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in sorted(package.rglob("*_pb2*.py*"))}


def check() -> int:
    with tempfile.TemporaryDirectory() as folder:
        generate(Path(folder))
        names = stale(Path(folder))
    for name in names:
        sys.stderr.write(f"{PACKAGE / name}: is not what its .proto generates; run: python proto/generate.py\n")
    return 1 if names else 0


def main() -> int:
    """Return 1 if `--check` found something stale."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a byte would change")
    parser.add_argument("--layout", action="store_true", help="only lay out the imported protos under build/proto")
    asked = parser.parse_args()
    lay_out_imports()
    if asked.check:
        return check()
    if not asked.layout:
        generate(PROTO)
    return 0


if __name__ == "__main__":
    sys.exit(main())
