; inherits c

; definitions
(class_specifier name: (type_identifier) @name body: (_) @body) @class
(namespace_definition name: (_) @name body: (_) @body) @module
(alias_declaration name: (type_identifier) @name) @type
(function_definition
  declarator: (function_declarator declarator: [
    (field_identifier) (qualified_identifier) (destructor_name) (operator_name)
  ] @name)
  body: (_)? @body) @function
(function_definition
  declarator: (_ (function_declarator declarator: [(field_identifier) (qualified_identifier)] @name))
  body: (_)? @body) @function
(field_declaration declarator: (function_declarator declarator: (field_identifier) @name)) @function
(field_declaration declarator: (_ (function_declarator declarator: (field_identifier) @name))) @function

; names
(namespace_identifier) @used
(parameter_declaration declarator: (reference_declarator (identifier) @local))
(optional_parameter_declaration declarator: (identifier) @local)
(init_declarator declarator: (reference_declarator (identifier) @local))
(for_range_loop declarator: (identifier) @local)
(for_range_loop declarator: (reference_declarator (identifier) @local))
(structured_binding_declarator (identifier) @local)
(type_parameter_declaration (type_identifier) @local)
