; definitions
(class_selector (class_name (identifier) @name)) @selector
(id_selector (id_name) @name) @selector
((declaration (property_name) @name) @variable (#match? @name "^--"))
(keyframes_statement (keyframes_name) @name) @keyframes

; imports
(import_statement (string_value (string_content) @module))

; names
(class_name (identifier) @used)
(id_name) @used
((plain_value) @used (#match? @used "^--"))
