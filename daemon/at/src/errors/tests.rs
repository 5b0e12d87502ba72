use super::*;

#[test]
fn tables_are_sorted_so_that_a_code_is_found() {
    for table in [CMS, CME] {
        assert!(table.is_sorted_by(|a, b| a.code < b.code));
    }
}
