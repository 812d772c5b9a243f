"""`python -m sensors.pcap.compiled`: compiles the flow meter, so that no first capture waits for it."""

from sensors.pcap.compiled.table import Table
from sensors.pcap.limits import Limits

if __name__ == "__main__":
    Table(Limits(), listening=False)
