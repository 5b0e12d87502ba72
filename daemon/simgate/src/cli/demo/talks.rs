//! What people write, and what the shop answers.

/// Who says a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The customer, to the shop.
    They,
    /// The shop.
    We,
}
use Who::{They, We};

/// A conversation with one number.
pub(super) struct Talk {
    pub(super) number: &'static str,
    pub(super) lines: &'static [(Who, &'static str)],
}

/// The customer of whom a note is kept.
pub(super) const REGULAR: &str = "+84909000111";
/// Whose conversation is done.
pub(super) const DONE: &str = "+34612345678";
/// Whom somebody looks after.
pub(super) const TAKEN: &str = "+33612345678";
/// Who is written to by the uplink.
pub(super) const ABROAD: &str = "+447700900123";

/// In several languages; some lines need UCS-2, some several parts.
pub(super) const TALKS: [Talk; 13] = [
    Talk {
        number: DONE,
        lines: &[
            (They, "Hola, ¿tienen mesa para cuatro esta noche?"),
            (We, "¡Sí! A las 20:00 o a las 21:30. ¿Cuál prefiere?"),
            (They, "A las 20:00, gracias. A nombre de Lucía."),
        ],
    },
    Talk {
        number: "+4915112345678",
        lines: &[
            (They, "Guten Tag, ist mein Paket schon angekommen?"),
            (
                We,
                "Ja, es liegt seit heute Morgen bei uns. Geöffnet bis 19 Uhr.",
            ),
            (
                They,
                "Prima, ich hole es um fünf ab. Danke für die schnelle Antwort!",
            ),
        ],
    },
    Talk {
        number: "+84909000222",
        lines: &[
            (They, "Chào shop, trà sen còn hàng không ạ?"),
            (We, "Dạ còn ạ. Hộp 200 g giá 180.000 đồng, giao trong ngày."),
            (They, "Cho mình hai hộp, giao về 12 Nguyễn Huệ nhé."),
            (We, "Vâng, khoảng 16 giờ bên em giao tới. Cảm ơn anh/chị!"),
            (They, "Cảm ơn bạn, hẹn gặp lại 🙂"),
        ],
    },
    Talk {
        number: TAKEN,
        lines: &[
            (They, "Bonjour, pouvez-vous livrer à l'hôtel Majestic ?"),
            (
                We,
                "Bonjour ! Oui, avant 18 h. Quel est le numéro de la chambre ?",
            ),
            (They, "La 412. Merci beaucoup, c'est très gentil."),
        ],
    },
    Talk {
        number: "+84909000333",
        lines: &[
            (
                They,
                "Good morning, I ordered the green tea set last Tuesday and paid by card, but I moved house yesterday. Could \
                 you please send it to my new address instead? It is 27 Le Loi, third floor, next to the bakery.",
            ),
            (
                We,
                "Of course. It has not left yet, so it goes to 27 Le Loi tomorrow.",
            ),
            (They, "You are wonderful, thank you."),
        ],
    },
    Talk {
        number: "+66812345678",
        lines: &[
            (They, "ร้านเปิดกี่โมงคะ"),
            (We, "เปิด 9 โมงเช้าถึง 1 ทุ่มทุกวันค่ะ"),
            (They, "ขอบคุณค่ะ"),
        ],
    },
    Talk {
        number: ABROAD,
        lines: &[
            (
                We,
                "Your parcel left Saigon today and should reach London on Friday.",
            ),
            (
                We,
                "It is with the courier now. Delivery tomorrow between 9 and 12.",
            ),
        ],
    },
    Talk {
        number: "+8613812345678",
        lines: &[
            (They, "你好，请问可以微信付款吗？"),
            (We, "可以的，欢迎光临！"),
        ],
    },
    Talk {
        number: "+819012345678",
        lines: &[
            (They, "明日の午後、予約できますか。"),
            (We, "はい、14時と16時が空いております。"),
            (They, "では16時でお願いします。"),
        ],
    },
    Talk {
        number: "+971501234567",
        lines: &[
            (They, "مرحبا، هل التوصيل متاح يوم الجمعة؟"),
            (We, "نعم، من الساعة الثانية ظهرا."),
        ],
    },
    Talk {
        number: "+84909000444",
        lines: &[(They, "STOP")],
    },
    Talk {
        number: "+84912000555",
        lines: &[
            (They, "Anh ơi hôm nay có giao hàng không?"),
            (We, "Dạ có, em đang trên đường, 15 phút nữa tới ạ."),
            (They, "OK anh"),
        ],
    },
    Talk {
        number: REGULAR,
        lines: &[
            (They, "Hello! Is the shop open on Sunday?"),
            (We, "Yes, from 9 to 5. See you then!"),
            (They, "Great. Please keep two boxes of lotus tea for me."),
        ],
    },
];

/// What comes in later, one after the other, for as long as the demo runs.
pub(super) const LATER: [(&str, &str); 10] = [
    (REGULAR, "One more question: do you take cards?"),
    (
        "+84909000222",
        "Trà ngon lắm, cuối tuần mình ghé nữa nhé 🙂",
    ),
    ("+84912000555", "Em tới chưa ạ?"),
    (
        "+84909000333",
        "It arrived this morning, everything is fine. Thank you again for sending it to the new address so quickly.",
    ),
    ("+66812345678", "พรุ่งนี้เจอกันนะคะ"),
    ("+4915112345678", "Haben Sie auch Jasmintee?"),
    ("+84936000777", "Do you deliver to District 7?"),
    ("+393331234567", "Buongiorno, siete aperti domani?"),
    ("+84977000888", "Shop ơi, cho mình xin menu với"),
    ("+819012345678", "駐車場はありますか。"),
];

/// What recipients answer by themselves.
pub(super) const ANSWERS: [&str; 6] = [
    "Thanks!",
    "OK, see you then.",
    "Đã nhận, cảm ơn.",
    "Bao giờ hết khuyến mãi ạ?",
    "Do you have jasmine tea, too?",
    "👍",
];

/// The lines in the order in which they are said: one of each conversation, then the next of each.
pub(super) fn in_turn() -> impl Iterator<Item = (&'static str, Who, &'static str)> {
    let most = TALKS.iter().map(|talk| talk.lines.len()).max().unwrap_or(0);
    (0..most).flat_map(|round| {
        let said = move |talk: &'static Talk| {
            talk.lines
                .get(round)
                .map(|(who, text)| (talk.number, *who, *text))
        };
        TALKS.iter().filter_map(said)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_said_once_and_no_conversation_jumps_ahead() {
        let said: Vec<_> = in_turn().collect();
        assert_eq!(
            said.len(),
            TALKS.iter().map(|talk| talk.lines.len()).sum::<usize>()
        );
        for talk in &TALKS {
            let own = said.iter().filter(|(number, ..)| *number == talk.number);
            let own: Vec<_> = own.map(|(_, who, text)| (*who, *text)).collect();
            assert_eq!(own, talk.lines);
        }
    }
}
