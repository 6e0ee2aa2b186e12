; definitions
(create_table (object_reference name: (identifier) @name)) @table
(create_view (object_reference name: (identifier) @name)) @view
(create_materialized_view (object_reference name: (identifier) @name)) @view
(create_type (object_reference name: (identifier) @name)) @type
(create_index column: (identifier) @name) @index
(create_function (object_reference name: (identifier) @name) (function_body) @body) @function
(column_definition name: (identifier) @name) @field

; names
(identifier) @used
(relation alias: (identifier) @local)
(term alias: (identifier) @local)
(cte . (identifier) @local)
(column_definition name: (identifier) @local)
(create_table (object_reference name: (identifier) @local))
