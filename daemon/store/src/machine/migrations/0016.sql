-- The terms of the index of words, each with its rows, one by one: nothing is stored for it.
CREATE VIRTUAL TABLE search_terms USING fts5vocab (search, 'instance');
