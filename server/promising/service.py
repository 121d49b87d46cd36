"""Everything that can be asked of Servanda, in one place."""

from server.promising.bargaining import Bargaining
from server.promising.comparing import Comparing
from server.promising.explaining import Explaining
from server.promising.governing import Governing
from server.promising.operating import Operating
from server.promising.reading import Reading
from server.promising.stocking import Stocking
from server.promising.submitting import Submitting
from server.promising.supplying import Supplying


class Promising(Submitting, Bargaining, Operating, Explaining, Supplying, Stocking, Governing, Comparing, Reading):
    """The use cases of one tenant over one world and one ledger; see the class of each part.

    Not for several threads: calls come one after another. The ledger is the truth; what is
    kept in memory is rebuilt from it whenever this is made anew.
    """
