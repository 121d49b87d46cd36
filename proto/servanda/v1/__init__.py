"""Messages and stubs of Servanda's gRPC API.

`plan_service_pb2` imports `google.longrunning`, which neither protobuf nor grpcio brings. Where
`googleapis-common-protos` is installed, that one is used: two copies of one `.proto` cannot live
in one process. Where it is not, the copy in `_bundled` is found, at the very end of the path.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("google.longrunning") is None:
    sys.path.append(str(Path(__file__).parent / "_bundled"))
