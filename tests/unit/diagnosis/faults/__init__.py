"""Every fault, by what it is a fault of."""

from tests.unit.diagnosis.faults.fault import Fault
from tests.unit.diagnosis.faults.of_credentials import CREDENTIALS
from tests.unit.diagnosis.faults.of_parameters import PARAMETERS
from tests.unit.diagnosis.faults.of_request import REQUEST
from tests.unit.diagnosis.faults.of_text import TEXT
from tests.unit.diagnosis.faults.of_time import TIME

FAULTS = (*TIME, *TEXT, *PARAMETERS, *CREDENTIALS, *REQUEST)

__all__ = ["FAULTS", "Fault"]
