; definitions
(function_definition
  declarator: (function_declarator declarator: (identifier) @name) body: (_) @body) @function
(function_definition
  declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))
  body: (_) @body) @function
(function_definition
  declarator: (pointer_declarator (pointer_declarator (function_declarator declarator: (identifier) @name)))
  body: (_) @body) @function
(declaration declarator: (function_declarator declarator: (identifier) @name)) @function
(declaration declarator: (pointer_declarator (function_declarator declarator: (identifier) @name))) @function
(struct_specifier name: (type_identifier) @name body: (_)) @struct
(union_specifier name: (type_identifier) @name body: (_)) @struct
(enum_specifier name: (type_identifier) @name body: (_)) @enum
(type_definition declarator: (type_identifier) @name) @type
(type_definition declarator: (pointer_declarator (type_identifier) @name)) @type
(type_definition
  declarator: (function_declarator
    declarator: (parenthesized_declarator (pointer_declarator (type_identifier) @name)))) @type
(preproc_def name: (identifier) @name) @constant
(preproc_function_def name: (identifier) @name) @macro
(field_declaration declarator: (field_identifier) @name) @field
(field_declaration declarator: (pointer_declarator (field_identifier) @name)) @field
(enumerator name: (identifier) @name) @field
(translation_unit (declaration declarator: (init_declarator declarator: (identifier) @name)) @variable)
(translation_unit
  (declaration declarator: (init_declarator declarator: (pointer_declarator (identifier) @name))) @variable)
(translation_unit
  (declaration declarator: (init_declarator declarator: (array_declarator declarator: (identifier) @name))) @variable)
(translation_unit
  (declaration
    declarator: (init_declarator declarator: (pointer_declarator (array_declarator declarator: (identifier) @name)))
  ) @variable)
(translation_unit (declaration declarator: (identifier) @name) @variable)
(translation_unit (declaration declarator: (array_declarator declarator: (identifier) @name)) @variable)

; imports
(preproc_include path: (system_lib_string) @module)
(preproc_include path: (string_literal (string_content) @module))

; names
(identifier) @used
(type_identifier) @used
(field_identifier) @used
(parameter_declaration declarator: (identifier) @local)
(parameter_declaration declarator: (pointer_declarator (identifier) @local))
(parameter_declaration declarator: (array_declarator (identifier) @local))
(declaration declarator: (identifier) @local)
(declaration declarator: (pointer_declarator (identifier) @local))
(declaration declarator: (array_declarator (identifier) @local))
(init_declarator declarator: (identifier) @local)
(init_declarator declarator: (pointer_declarator (identifier) @local))
(init_declarator declarator: (array_declarator (identifier) @local))
(function_definition declarator: (function_declarator declarator: (identifier) @local))
