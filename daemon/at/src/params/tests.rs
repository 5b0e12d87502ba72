use super::*;

#[test]
fn commas_in_quotes_and_brackets_do_not_split() {
    let params = Params::parse("1,\"a,b\",(1,2),,\"\"");
    assert_eq!(params.count(), 5);
    assert_eq!(params.number::<u8>(0), Some(1));
    assert_eq!(params.text(1), Some("a,b"));
    assert_eq!(params.raw(2), Some("(1,2)"));
    assert_eq!(params.text(3), None);
    assert_eq!(params.text(4), Some(""));
    assert_eq!(params.text(5), None);
}

#[test]
fn a_missing_quote_hides_no_comma() {
    let params = Params::parse("0,0,\"NET,7");
    assert_eq!(params.text(2), Some("NET"));
    assert_eq!(params.number::<u8>(3), Some(7));
}

#[test]
fn numbers_may_stand_in_quotes_or_with_zeros_in_front() {
    let params = Params::parse("\"12\", 007 ,\"00C3\",300");
    assert_eq!(params.number::<u8>(0), Some(12));
    assert_eq!(params.number::<u8>(1), Some(7));
    assert_eq!(params.hex(2), Some(0xC3));
    assert_eq!(params.number::<u8>(3), None);
}
