; definitions
(function_declaration name: (identifier) @name body: (_)? @body) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @scope
    (pointer_type (type_identifier) @scope)
    (generic_type type: (type_identifier) @scope)
    (pointer_type (generic_type type: (type_identifier) @scope))
  ]))
  name: (field_identifier) @name
  body: (_)? @body) @method
((type_declaration . (type_spec name: (type_identifier) @name type: (struct_type)) .) @struct
  (#set! separator "; "))
((type_declaration . (type_spec name: (type_identifier) @name type: (interface_type)) .) @interface
  (#set! separator "; "))
((type_spec name: (type_identifier) @name type: (struct_type)) @struct (#set! separator "; "))
((type_spec name: (type_identifier) @name type: (interface_type)) @interface (#set! separator "; "))
(type_declaration . (type_spec name: (type_identifier) @name) .) @type
(type_spec name: (type_identifier) @name) @type
(type_alias name: (type_identifier) @name) @type
(source_file (const_declaration . (const_spec name: (identifier) @name) .) @constant)
(source_file (const_declaration (const_spec name: (identifier) @name) @constant))
(source_file (var_declaration . (var_spec name: (identifier) @name) .) @variable)
(source_file (var_declaration (var_spec_list (var_spec name: (identifier) @name) @variable)))
(struct_type (field_declaration_list (field_declaration name: (field_identifier) @name) @field))
(interface_type (method_elem name: (field_identifier) @name) @function)

; imports
(import_spec !name path: (interpreted_string_literal (interpreted_string_literal_content) @module @name))
(import_spec name: (_) @name path: (interpreted_string_literal (interpreted_string_literal_content) @module))

; names
(identifier) @used
(type_identifier) @used
(field_identifier) @used
(package_identifier) @used
(parameter_declaration name: (identifier) @local)
(variadic_parameter_declaration name: (identifier) @local)
(type_parameter_declaration name: (identifier) @local)
(short_var_declaration left: (expression_list (identifier) @local))
(range_clause left: (expression_list (identifier) @local))
(var_spec name: (identifier) @local)
(const_spec name: (identifier) @local)
(keyed_element key: (literal_element (identifier) @local))
(function_declaration name: (identifier) @local)
(method_declaration name: (field_identifier) @local)
(type_spec name: (type_identifier) @local)
