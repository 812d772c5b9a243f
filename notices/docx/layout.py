"""Measures of an official letter: GB/T 9704-2012, in millimetres and points. Nothing else knows them."""

from typing import Final

#: §5.1 A4. §5.2.1 the printed area (版心) is 156 × 225, its head 37 and its left edge 28 from the paper's.
PAGE_MM: Final = (210.0, 297.0)
BODY_MM: Final = (156.0, 225.0)
TOP_MM: Final = 37.0
LEFT_MM: Final = 28.0
RIGHT_MM: Final = PAGE_MM[0] - LEFT_MM - BODY_MM[0]
BOTTOM_MM: Final = PAGE_MM[1] - TOP_MM - BODY_MM[1]

MM: Final = 72 / 25.4

#: §5.2.3 22 lines of 28 characters in 三号 (16 pt) fill the printed area. Twentieths of a point are the
#: finest step of a line, rounded down so that the 22nd line still fits.
LINES: Final = 22
CHARACTERS: Final = 28
SIZE_PT: Final = 16.0
LINE_PT: Final = int(BODY_MM[1] * MM * 20 / LINES) / 20
#: 28 × 16 pt are 6 pt wider than 156 mm.
SPACING_PT: Final = -0.25
CHARACTER_PT: Final = SIZE_PT + SPACING_PT

#: §7.3.1 titles 二号.
TITLE_PT: Final = 22.0
TITLE_LINE_PT: Final = 32.0

#: §10.1 the letter's mark: its upper edge 30 from the paper's; the size is the issuer's choice, so that
#: one line holds it.
MARK_TOP_MM: Final = 30.0
MARK_PT: Final = 36.0
#: A fixed line puts the base line at 80 % of its height; ideographs' ink rises 0.855 em above that.
LINE_BASE: Final = 0.8
INK_RISE: Final = 0.855
#: So high rises the ink of 仿宋, a slighter hand.
TEXT_RISE: Final = 0.80
#: Line pitch of the mark over its size. Its ink begins MARK_INK below the line's top and is MARK_HEIGHT high
#: (in em).
MARK_LINE: Final = 1.1
MARK_INK: Final = LINE_BASE * MARK_LINE - INK_RISE
MARK_HEIGHT: Final = INK_RISE + 0.095

#: §10.1 red double lines: 170 long, centred; thick over thin 4 below the mark, thin over thick 20 from
#: the paper's lower edge.
RULE_MM: Final = 170.0
RULE_GAP_MM: Final = 4.0
RULE_BOTTOM_MM: Final = 20.0
#: Width of the border in eighths of a point, and how high the pair comes out.
RULE_EIGHTHS: Final = 12
RULE_PT: Final = 3.0
RED: Final = "FF0000"

#: §10.1 the number stands 7/8 of a 三号 character's height below the line; §7.2.5.
NUMBER_GAP_PT: Final = SIZE_PT * 7 / 8

#: §7.5 page number: 四号 宋体, 7 below the printed area, one character in from the outer edge.
FOLIO_PT: Final = 14.0
FOLIO_GAP_MM: Final = 7.0

#: §7.3.5.1 the date ends four characters from the right edge; lines left free for the stamp above the name.
DATE_INDENT: Final = 4
STAMP_LINES: Final = 3

#: Tables: 小五, 五号 in forms.
TABLE_PT: Final = 9.0
FORM_PT: Final = 12.0
NOTE_PT: Final = 10.5

#: Fonts as the standard's users have them (§5.2.2, §7); stand-ins: taishi.kit.documents.
FANGSONG: Final = "仿宋_GB2312"
XIAOBIAOSONG: Final = "方正小标宋简体"
HEITI: Final = "黑体"
SONGTI: Final = "宋体"
