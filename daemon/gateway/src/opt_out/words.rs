//! The words by which people ask for no more messages, and those that take that back, in the
//! languages of those who write them.
//!
//! Words of everyday answers are left out, however well they would fit: Vietnamese "dừng" without
//! its marks is "đúng" (right), "hủy" is a name.
//!
//! The confirmations are one part each: where readers are used to that, without the marks that GSM
//! 7-bit lacks.

/// The words of one language. They are compared without marks and case.
#[derive(Debug, PartialEq)]
pub(super) struct Language {
    /// ISO 639-1.
    pub(super) code: &'static str,
    pub(super) stop: &'static [&'static str],
    pub(super) start: &'static [&'static str],
    /// Tells that a request was heard, and how to take it back.
    pub(super) confirmation: &'static str,
}

const fn language(
    code: &'static str,
    stop: &'static [&'static str],
    start: &'static [&'static str],
    confirmation: &'static str,
) -> Language {
    Language {
        code,
        stop,
        start,
        confirmation,
    }
}

/// English comes first: its words are understood everywhere. They begin with the seven of the FCC's
/// rule (47 CFR 64.1200(a)(10)).
#[rustfmt::skip]
pub(super) static LANGUAGES: &[Language] = &[
    language(
        "en",
        &["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe", "stop all", "remove", "remove me"],
        &["start", "unstop", "opt in", "subscribe", "resume"],
        "You will get no more messages from this number. Reply START to get them again.",
    ),
    language(
        "ar",
        &["توقف", "إيقاف", "إلغاء", "الغاء الاشتراك", "إلغاء الاشتراك"],
        &["ابدأ", "اشتراك", "استئناف"],
        "لن تصلك رسائل أخرى من هذا الرقم. أرسل ابدأ لاستئنافها.",
    ),
    language(
        "cs",
        &["odhlásit", "odhlásit se", "ukončit", "zrušit"],
        &["přihlásit", "obnovit"],
        "Z tohoto cisla uz nedostanete zadne zpravy. Odpovezte OBNOVIT, a budou zase chodit.",
    ),
    language(
        "da",
        &["afmeld", "afmelding", "framelding"],
        &["tilmeld", "tilmelding"],
        "Du får ikke flere beskeder fra dette nummer. Svar TILMELD for at få dem igen.",
    ),
    language(
        "de",
        &["stopp", "abmelden", "abmeldung", "abbestellen", "austragen", "aufhören"],
        &["anmelden", "anmeldung", "fortsetzen"],
        "Sie erhalten von dieser Nummer keine Nachrichten mehr. Antworten Sie ANMELDEN, um sie wieder zu erhalten.",
    ),
    language(
        "el",
        &["στοπ", "διαγραφή", "διακοπή"],
        &["έναρξη", "εγγραφή"],
        "Δεν θα λάβετε άλλα μηνύματα. Για επανεγγραφή απαντήστε ΕΓΓΡΑΦΗ.",
    ),
    language(
        "es",
        &["baja", "darme de baja", "alto", "parar", "cancelar", "detener", "no más"],
        &["alta", "iniciar", "reanudar"],
        "No recibira mas mensajes de este numero. Responda ALTA para volver a recibirlos.",
    ),
    language(
        "fi",
        &["lopeta", "peruuta", "peru tilaus", "seis"],
        &["aloita", "jatka"],
        "Et saa enää viestejä tästä numerosta. Vastaa ALOITA, niin saat niitä taas.",
    ),
    language(
        "fr",
        &["arrêt", "arrêter", "arrêtez", "désabonner", "désabonnement", "désinscrire", "désinscription"],
        &["démarrer", "reprendre", "réabonner"],
        "Vous ne recevrez plus de messages de ce numéro. Répondez REPRENDRE pour en recevoir à nouveau.",
    ),
    language(
        "he",
        &["הסר", "הסירו", "עצור", "הפסק"],
        &["התחל", "הצטרפות", "חידוש"],
        "לא תקבלו עוד הודעות ממספר זה. לחידוש השיבו חידוש.",
    ),
    language(
        "hi",
        &["रोको", "रोकें", "बंद", "बंद करो", "बंद करें"],
        &["शुरू", "शुरू करो", "चालू"],
        "इस नंबर से अब संदेश नहीं आएंगे। फिर पाने के लिए शुरू भेजें।",
    ),
    language(
        "hu",
        &["leiratkozás", "leiratkozom", "leállítás"],
        &["feliratkozás", "feliratkozom"],
        "Errol a szamrol nem kap tobb uzenetet. Valaszoljon FELIRATKOZAS szoval, ha ujra kerne.",
    ),
    language(
        "id",
        &["berhenti", "hentikan", "henti", "batal", "unreg"],
        &["mulai", "daftar", "lanjutkan"],
        "Anda tidak akan menerima pesan lagi dari nomor ini. Balas MULAI untuk menerimanya lagi.",
    ),
    language(
        "it",
        &["ferma", "basta", "annulla", "cancellami", "disiscrivi", "disiscrivimi"],
        &["inizia", "riprendi", "iscrivi", "iscrivimi"],
        "Non riceverà più messaggi da questo numero. Risponda RIPRENDI per riceverli di nuovo.",
    ),
    language(
        "ja",
        &["停止", "解除", "配信停止", "配信解除", "退会"],
        &["再開", "開始", "配信再開"],
        "この番号からの配信を停止しました。再び受け取るには「再開」と返信してください。",
    ),
    language(
        "ko",
        &["수신거부", "수신 거부", "중지", "해지", "그만"],
        &["수신동의", "수신 동의", "재개", "시작"],
        "이 번호의 메시지 수신을 거부하셨습니다. 다시 받으려면 재개 라고 답장하세요.",
    ),
    language(
        "nl",
        &["afmelden", "uitschrijven", "stoppen", "opzeggen"],
        &["aanmelden", "hervatten"],
        "U krijgt geen berichten meer van dit nummer. Antwoord AANMELDEN om ze weer te krijgen.",
    ),
    language(
        "no",
        &["stopp", "avslutt", "meld av", "avmelding"],
        &["meld på", "påmelding"],
        "Du får ikke flere meldinger fra dette nummeret. Svar MELD PÅ for å få dem igjen.",
    ),
    language(
        "pl",
        &["wypisz", "wypisz mnie", "rezygnuję", "rezygnacja", "zatrzymaj", "anuluj"],
        &["wznów", "zapisz", "zapisz mnie"],
        "Nie otrzymasz wiecej wiadomosci z tego numeru. Odpisz ZAPISZ, aby je wznowic.",
    ),
    language(
        "pt",
        &["pare", "parar", "sair", "descadastrar", "remover", "cancelar"],
        &["iniciar", "voltar", "retomar"],
        "Nao recebera mais mensagens deste numero. Responda VOLTAR para recebe-las de novo.",
    ),
    language(
        "ro",
        &["oprește", "dezabonare", "dezabonează-mă", "renunț"],
        &["abonare", "pornește"],
        "Nu veti mai primi mesaje de la acest numar. Raspundeti ABONARE pentru a le primi din nou.",
    ),
    language(
        "ru",
        &["стоп", "отписка", "отписаться", "отпишите", "отпишите меня"],
        &["старт", "подписка", "подписаться"],
        "Сообщений с этого номера больше не будет. Вернуть их: СТАРТ",
    ),
    language(
        "sv",
        &["stoppa", "sluta", "avsluta", "avregistrera", "avanmäl"],
        &["starta", "anmäl", "återuppta"],
        "Du får inga fler meddelanden från detta nummer. Svara STARTA för att få dem igen.",
    ),
    language(
        "th",
        &["หยุด", "ยกเลิก"],
        &["เริ่ม", "สมัคร"],
        "คุณจะไม่ได้รับข้อความจากหมายเลขนี้อีก ตอบ สมัคร เพื่อรับอีกครั้ง",
    ),
    language(
        "tr",
        &["dur", "durdur", "iptal", "ret", "abonelikten çık"],
        &["başla", "başlat", "devam"],
        "Bu numaradan artik mesaj almayacaksiniz. Yeniden almak icin BASLAT yazin.",
    ),
    language(
        "uk",
        &["стоп", "відписка", "відписатися", "відпишіть"],
        &["старт", "підписка", "підписатися"],
        "Повідомлень із цього номера більше не буде. Відновити: СТАРТ",
    ),
    // TC is what decree 91/2020/ND-CP has advertisers announce.
    language(
        "vi",
        &["tc", "từ chối", "ngừng nhận tin", "dừng nhận tin", "hủy đăng ký"],
        &["nhận lại", "đăng ký", "nhận tin"],
        "Quy khach se khong nhan tin tu so nay nua. Soan NHAN LAI de nhan tro lai.",
    ),
    language(
        "zh",
        &["停止", "退订", "退訂", "td", "拒收", "取消订阅", "取消訂閱"],
        &["订阅", "訂閱", "恢复", "恢復"],
        "您将不再收到此号码的短信。回复 恢复 可重新接收。",
    ),
];

/// Words around those that change nothing: politeness, and what is to stop.
#[rustfmt::skip]
pub(super) static AROUND: &[&str] = &[
    "all", "me", "messages", "messaging", "now", "please", "pls", "sending", "sms", "text",
    "texting", "texts", "thank", "thanks", "thx", "you", // en
    "bitte", "danke", // de
    "merci", "svp", "stp", // fr
    "favor", "gracias", "por", // es
    "obrigada", "obrigado", // pt
    "grazie", "favore", "per", // it
    "bedankt", "dank", "graag", "u", // nl
    "dziękuję", "proszę", // pl
    "děkuji", "prosím", // cs
    "mulțumesc", // ro
    "köszönöm", "kérem", // hu
    "tack", "tak", "takk", "vänligen", // sv, da, no
    "kiitos", // fi
    "lütfen", "teşekkürler", // tr
    "ευχαριστώ", "παρακαλώ", // el
    "пожалуйста", "спасибо", "будь", "дякую", "ласка", // ru, uk
    "cảm", "ơn", "xin", "ạ", // vi
    "kasih", "terima", "tolong", // id
    "谢谢", "謝謝", "请", "請", // zh
    "お願いします", // ja
    "감사합니다", // ko
    "شكرا", "فضلك", "من", // ar
    "תודה", "בבקשה", // he
    "धन्यवाद", "कृपया", // hi
    "ครับ", "ค่ะ", // th
];
