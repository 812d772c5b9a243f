"""Ports that people's services are found on: whatever else a session to the outside uses is odd."""

#: IANA's registry, as far as such services are met on real networks.
USUAL_PORTS = frozenset(
    {
        20,
        21,
        22,
        23,
        25,
        53,
        80,
        88,
        110,
        123,
        135,
        139,
        143,
        389,
        443,
        445,
        465,
        587,
        636,
        853,
        873,
        989,
        990,
    }
    | {993, 995, 1194, 1433, 1521, 1701, 1723, 1883, 1935, 3128, 3268, 3269, 3306, 3389, 3478, 5060, 5061}
    | {5222, 5223, 5228, 5432, 5671, 5672, 5900, 5938, 5985, 5986, 6379, 8000, 8080, 8081, 8443, 8801, 8883}
    | {9000, 9092, 9200, 10050, 10051, 27017}
)
#: Where TLS is spoken from the first byte.
TLS_PORTS = frozenset({443, 465, 563, 587, 636, 853, 989, 990, 993, 995, 5061, 5223, 5228, 5986, 8443, 8883})
#: The port for home-made web services: TLS there is usual, a server with a home-made certificate is not.
HOME_MADE_PORT = 8443
#: Collectors that are only written to and never answer: syslog (RFC 6587, 5425), Graphite, GELF, statsd,
#: fluentd, Zabbix, Splunk, beats, NetFlow.
COLLECTOR_PORTS = frozenset(
    {
        514,
        601,
        1514,
        1515,
        2003,
        2004,
        2055,
        4739,
        5044,
        5140,
        6514,
        8125,
        9995,
        9997,
        10050,
        10051,
        12201,
        24224,
    }
)
#: Remote administration of Windows and Unix hosts: WMI and DCOM, SMB, RDP, WinRM, SSH.
ADMIN_PORTS = {135: "DCOM/WMI", 139: "SMB", 445: "SMB", 3389: "RDP", 5985: "WinRM", 5986: "WinRM", 22: "SSH"}
