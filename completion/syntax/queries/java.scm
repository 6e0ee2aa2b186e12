; definitions
(class_declaration name: (identifier) @name body: (_) @body) @class
(interface_declaration name: (identifier) @name body: (_) @body) @interface
(annotation_type_declaration name: (identifier) @name body: (_) @body) @interface
(record_declaration name: (identifier) @name body: (_) @body) @class
(enum_declaration name: (identifier) @name) @enum
(method_declaration name: (identifier) @name body: (_)? @body) @method
(constructor_declaration name: (identifier) @name body: (_) @body) @method
(field_declaration declarator: (variable_declarator name: (identifier) @name)) @field
(constant_declaration declarator: (variable_declarator name: (identifier) @name)) @field
(enum_constant name: (identifier) @name) @field

; imports
(import_declaration (scoped_identifier scope: (_) @module name: (identifier) @name) .)
(import_declaration (_) @module (asterisk))

; names
(identifier) @used
(type_identifier) @used
(formal_parameter name: (identifier) @local)
(spread_parameter (variable_declarator name: (identifier) @local))
(catch_formal_parameter name: (identifier) @local)
(local_variable_declaration declarator: (variable_declarator name: (identifier) @local))
(enhanced_for_statement name: (identifier) @local)
(resource name: (identifier) @local)
(lambda_expression parameters: (identifier) @local)
(inferred_parameters (identifier) @local)
(type_parameter (type_identifier) @local)
(field_declaration declarator: (variable_declarator name: (identifier) @local))
(method_declaration name: (identifier) @local)
(class_declaration name: (identifier) @local)
