; definitions
(class_definition name: (identifier) @name body: (_) @body) @class
(function_definition name: (identifier) @name body: (_) @body) @function
(type_alias_statement left: (type (identifier) @name)) @type
(module (expression_statement (assignment left: (identifier) @name) @variable))
(class_definition body: (block (expression_statement (assignment left: (identifier) @name) @field)))
((assignment left: (attribute object: (identifier) @_self attribute: (identifier) @name)) @field
  (#eq? @_self "self"))

; imports
(import_statement name: (dotted_name . (identifier) @name) @module)
(import_statement name: (aliased_import name: (dotted_name) @module alias: (identifier) @name))
(import_from_statement module_name: (_) @module name: (dotted_name (identifier) @name))
(import_from_statement
  module_name: (_) @module
  name: (aliased_import name: (dotted_name (identifier) @original) alias: (identifier) @name))
(import_from_statement module_name: (_) @module (wildcard_import))
(future_import_statement name: (dotted_name (identifier) @name))

; names
(identifier) @used
(keyword_argument name: (identifier) @local)
(parameters (identifier) @local)
(lambda_parameters (identifier) @local)
(parameters (_ name: (identifier) @local))
(typed_parameter . (identifier) @local)
(list_splat_pattern (identifier) @local)
(dictionary_splat_pattern (identifier) @local)
(assignment left: (identifier) @local)
(assignment left: (attribute attribute: (identifier) @local))
(pattern_list (identifier) @local)
(tuple_pattern (identifier) @local)
(for_statement left: (identifier) @local)
(for_in_clause left: (identifier) @local)
(as_pattern_target (identifier) @local)
(named_expression name: (identifier) @local)
(function_definition name: (identifier) @local)
(class_definition name: (identifier) @local)
