; inherits script

; definitions
(abstract_class_declaration name: (type_identifier) @name body: (_) @body) @class
((interface_declaration name: (type_identifier) @name) @interface (#set! separator "; "))
(type_alias_declaration name: (type_identifier) @name) @type
(enum_declaration name: (identifier) @name) @enum
(internal_module name: (_) @name body: (_) @body) @module
(public_field_definition name: (property_identifier) @name) @field
(abstract_method_signature name: (property_identifier) @name) @function
(function_signature name: (identifier) @name) @function
(interface_body (method_signature name: (property_identifier) @name) @function)
(interface_body (property_signature name: (property_identifier) @name) @field)
(ambient_declaration (lexical_declaration (variable_declarator name: (identifier) @name)) @variable)

; names
(type_identifier) @used
(required_parameter pattern: (identifier) @local)
(optional_parameter pattern: (identifier) @local)
(type_parameter name: (type_identifier) @local)
(interface_declaration name: (type_identifier) @local)
(type_alias_declaration name: (type_identifier) @local)
