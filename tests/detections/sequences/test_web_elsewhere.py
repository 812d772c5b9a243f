"""Sessions and files of another site, where the log does not name its own."""

LURE = "https://lure.example.net/win"


def asked(event, target, referrer=None, *, source="198.51.100.7", seconds=0, status=200, method="GET"):
    return event(
        "http",
        seconds,
        source__ip=source,
        url__original=target,
        http__request__method=method,
        http__request__referrer=referrer,
        http__response__status_code=status,
        log__file__path="/var/log/nginx/access.log",
        destination__ip=None,
    )


def pages(event, site="https://www.example.gov.cn/", sources=3):
    """Visitors whose pages fetch their style sheet."""
    return [
        asked(event, "/static/site.css?v=3", site, source=f"192.0.2.{number}", seconds=number)
        for number in range(sources)
    ]


def test_a_session_handed_over_by_another_site(event, hits) -> None:
    (hit,) = hits(*pages(event), asked(event, "/login?PHPSESSID=abc", LURE, seconds=9))
    assert (hit.rule, hit.subject, hit.attackers) == ("taishi.web.fixation", "access.log", ("198.51.100.7",))
    assert "lure.example.net" in hit.summary.zh


def test_the_sites_own_links_may_carry_a_session(event, hits) -> None:
    own = "https://www.example.gov.cn/index.php"
    assert hits(*pages(event), asked(event, "/login?PHPSESSID=abc", own)) == []
    assert hits(asked(event, "/login?PHPSESSID=abc", own + "?PHPSESSID=abc")) == []
    assert hits(asked(event, "/login?PHPSESSID=abc", "http://localhost/")) == []


def test_a_site_may_have_several_names(event, hits) -> None:
    other = "https://www.example.org.cn/"
    assert hits(*pages(event), *pages(event, other), asked(event, "/login?PHPSESSID=a", other)) == []


def test_it_counts_less_while_the_own_name_is_not_known(event, hits) -> None:
    (hit,) = hits(asked(event, "/login?PHPSESSID=abc", LURE))
    assert hit.level == "low"
    assert "does not tell its own site's name" in hit.summary.en


def test_a_file_of_another_site(event, hits) -> None:
    sent = asked(event, "/index.php?template=http://files.example.net/a.php", seconds=9)
    (hit,) = hits(*pages(event), sent)
    assert (hit.rule, hit.level) == ("taishi.web.rfi", "medium")
    assert hits(sent) == []


def test_addresses_where_they_belong_are_none(event, hits) -> None:
    for query in (
        "q=http://files.example.net/",
        "redirect=https://sso.example.net/a",
        "x=https://img.example.gov.cn/a",
    ):
        assert hits(*pages(event), asked(event, f"/index.php?{query}", seconds=9)) == []


def test_a_site_whose_forms_are_taken_is_its_own(event, hits) -> None:
    own = "https://www.example.gov.cn/index.php"
    forms = [asked(event, "/save.do", own, source=f"192.0.2.{number}", method="POST") for number in range(3)]
    assert hits(*forms, asked(event, "/login?PHPSESSID=abc", own, seconds=9)) == []


def test_links_that_carry_each_visitors_session_are_ordinary(event, hits) -> None:
    def visits(session: str):
        return [
            asked(event, "/a.do;jsessionid=" + session.format(number), LURE, source=f"192.0.2.{number}")
            for number in range(4)
        ]

    assert hits(*visits("A1B2C3D4E5F{}")) == []
    assert len(hits(*visits("A1B2C3D4E5F"))) == 4


def test_names_that_mean_other_things_too_need_a_session_for_a_value(event, hits) -> None:
    for query in ("sid=1204", "sidebar=1", "session=2026", "PHPSESSID="):
        assert hits(asked(event, f"/list?{query}", LURE)) == []
    assert len(hits(asked(event, "/list?sid=k3j9x0q2m7", LURE))) == 1


def test_systems_of_one_house_name_each_other_by_address(event, hits) -> None:
    assert hits(asked(event, "/view?file=http://10.34.2.5:8080/a.doc")) == []
    (hit,) = hits(asked(event, "/view?file=http://198.51.100.9:8080/a.doc"))
    assert hit.rule == "taishi.web.rfi"
