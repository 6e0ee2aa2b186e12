; definitions
(class_declaration name: (name) @name body: (_) @body) @class
(interface_declaration name: (name) @name body: (_) @body) @interface
(trait_declaration name: (name) @name body: (_) @body) @trait
(enum_declaration name: (name) @name body: (_) @body) @enum
(function_definition name: (name) @name body: (_) @body) @function
(method_declaration name: (name) @name body: (_)? @body) @method
(const_declaration (const_element (name) @name)) @constant
(property_declaration (property_element name: (variable_name (name) @name))) @field
(property_promotion_parameter name: (variable_name (name) @name)) @field
(enum_case name: (name) @name) @field
((function_call_expression
  function: (name) @_define arguments: (arguments . (argument (string (string_content) @name)))) @constant
  (#eq? @_define "define"))

; imports
(namespace_use_clause . (qualified_name prefix: (_) @module (name) @name .) .)
(namespace_use_clause . (qualified_name prefix: (_) @module (name) @original .) alias: (name) @name)
(namespace_use_declaration (namespace_name) @module body: (_ (namespace_use_clause . (name) @name .)))
(namespace_use_declaration
  (namespace_name) @module body: (_ (namespace_use_clause . (name) @original alias: (name) @name)))
(require_expression (string (string_content) @module))
(require_once_expression (string (string_content) @module))
(include_expression (string (string_content) @module))
(include_once_expression (string (string_content) @module))

; names
(name) @used
(simple_parameter name: (variable_name (name) @local))
(variadic_parameter name: (variable_name (name) @local))
(property_promotion_parameter name: (variable_name (name) @local))
(assignment_expression left: (variable_name (name) @local))
(foreach_statement (_) (variable_name (name) @local))
(foreach_statement (pair (variable_name (name) @local)))
(catch_clause name: (variable_name (name) @local))
(namespace_name (name) @local)
(function_definition name: (name) @local)
(method_declaration name: (name) @local)
(class_declaration name: (name) @local)
