; definitions
(class_declaration name: (identifier) @name [(class_body) (enum_class_body)]? @body) @class
(object_declaration name: (identifier) @name (class_body)? @body) @class
(function_declaration name: (identifier) @name (function_body)? @body) @function
(type_alias type: (identifier) @name) @type
(source_file (property_declaration (variable_declaration (identifier) @name)) @variable)
(class_body (property_declaration (variable_declaration (identifier) @name)) @field)
(enum_entry (identifier) @name) @field

; imports
(import (qualified_identifier) @qualified .)
(import (qualified_identifier) @qualified (identifier) @name .)

; names
(identifier) @used
(parameter . (identifier) @local)
(class_parameter (identifier) @local)
(variable_declaration (identifier) @local)
(catch_block . (identifier) @local)
(value_argument . (identifier) @local "=")
(type_parameter (identifier) @local)
(function_declaration name: (identifier) @local)
(class_declaration name: (identifier) @local)
