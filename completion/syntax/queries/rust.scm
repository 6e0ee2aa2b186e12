; definitions
(function_item name: (identifier) @name body: (_) @body) @function
(function_signature_item name: (identifier) @name) @function
(struct_item name: (type_identifier) @name) @struct
(union_item name: (type_identifier) @name) @struct
(enum_item name: (type_identifier) @name) @enum
(trait_item name: (type_identifier) @name body: (_) @body) @trait
(type_item name: (type_identifier) @name) @type
(const_item name: (identifier) @name) @constant
(static_item name: (identifier) @name) @constant
(macro_definition name: (identifier) @name . (_) @body) @macro
(mod_item name: (identifier) @name body: (_)? @body) @module
(impl_item type: (type_identifier) @name) @impl
(impl_item type: (generic_type type: (type_identifier) @name)) @impl
(field_declaration name: (field_identifier) @name) @field
(enum_variant name: (identifier) @name) @field

; imports
(use_declaration argument: (identifier) @name)
(use_declaration argument: (scoped_identifier path: (_) @module name: (identifier) @name))
(use_list (identifier) @name)
(use_list (scoped_identifier path: (_) @module name: (identifier) @name))
(scoped_use_list path: (_) @module list: (use_list (identifier) @name))
(use_as_clause path: (scoped_identifier path: (_) @module name: (identifier) @original) alias: (identifier) @name)
(use_as_clause path: (identifier) @original alias: (identifier) @name)
(use_wildcard (_) @module)
(extern_crate_declaration name: (identifier) @module @name)

; names
(identifier) @used
(type_identifier) @used
(field_identifier) @used
(let_declaration pattern: (identifier) @local)
(parameter pattern: (identifier) @local)
(closure_parameters (identifier) @local)
(for_expression pattern: (identifier) @local)
(tuple_pattern (identifier) @local)
(mut_pattern (identifier) @local)
(tuple_struct_pattern type: (_) (identifier) @local)
(match_pattern (identifier) @local)
(type_parameter name: (type_identifier) @local)
(field_initializer field: (field_identifier) @local)
(function_item name: (identifier) @local)
(struct_item name: (type_identifier) @local)
(enum_item name: (type_identifier) @local)
