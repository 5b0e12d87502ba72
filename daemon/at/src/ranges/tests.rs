use super::*;

#[test]
fn lists_and_ranges_of_a_test_command() {
    let lists = Ranges::parse_all("(0-3),(0,2),(0),1,(1-2, 4)");
    assert_eq!(lists.len(), 5);
    assert!(lists[0].has(0) && lists[0].has(3) && !lists[0].has(4));
    assert!(lists[1].has(2) && !lists[1].has(1));
    assert_eq!(lists[3].highest(), Some(1));
    assert!(lists[4].has(4) && !lists[4].has(3));
}

#[test]
fn lists_of_words() {
    let lists = Ranges::parse_all("((\"SM\",\"BM\",\"SR\"),(\"SM\"))");
    assert_eq!(lists.len(), 2);
    assert!(lists[0].has_word("SR") && !lists[1].has_word("SR"));
    // Digits in quotes are a name.
    assert!(Ranges::parse("(\"8859-1\",\"IRA\")").has_word("8859-1"));
    assert!(Ranges::parse_all("(),,( )").iter().all(Ranges::is_empty));
}
