; definitions
(document (pair . (_) @name) @key)
(table . (_) @name . [(pair) (comment)]? @body) @table
(table_array_element . (_) @name . [(pair) (comment)]? @body) @table
