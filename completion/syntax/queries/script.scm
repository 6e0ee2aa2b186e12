; definitions
(class_declaration name: (_) @name body: (_) @body) @class
(function_declaration name: (identifier) @name body: (_) @body) @function
(generator_function_declaration name: (identifier) @name body: (_) @body) @function
(method_definition name: [(property_identifier) (private_property_identifier)] @name body: (_) @body) @function
(_
  (lexical_declaration
    (variable_declarator
      name: (identifier) @name
      value: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function)
(expression_statement
  (assignment_expression
    left: (member_expression property: (property_identifier) @name)
    right: [(arrow_function body: (_) @body) (function_expression body: (_) @body)])) @function
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @variable)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @variable)
(export_statement declaration: (lexical_declaration (variable_declarator name: (identifier) @name)) @variable)

; imports
(import_statement (import_clause (identifier) @name) source: (string (string_fragment) @module))
(import_statement
  (import_clause (namespace_import (identifier) @name)) source: (string (string_fragment) @module))
(import_statement
  (import_clause (named_imports (import_specifier !alias name: (identifier) @name)))
  source: (string (string_fragment) @module))
(import_statement
  (import_clause (named_imports (import_specifier name: (_) @original alias: (identifier) @name)))
  source: (string (string_fragment) @module))
(import_statement . (string (string_fragment) @module))
((variable_declarator
  name: (identifier) @name
  value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @module))))
  (#eq? @_require "require"))
((variable_declarator
  name: (object_pattern (shorthand_property_identifier_pattern) @name)
  value: (call_expression function: (identifier) @_require arguments: (arguments (string (string_fragment) @module))))
  (#eq? @_require "require"))

; names
(identifier) @used
(property_identifier) @used
(shorthand_property_identifier) @used
(variable_declarator name: (identifier) @local)
(shorthand_property_identifier_pattern) @local
(pair key: (property_identifier) @local)
(array_pattern (identifier) @local)
(rest_pattern (identifier) @local)
(assignment_pattern left: (identifier) @local)
(arrow_function parameter: (identifier) @local)
(for_in_statement left: (identifier) @local)
(catch_clause parameter: (identifier) @local)
(function_declaration name: (identifier) @local)
(class_declaration name: (_) @local)
(method_definition name: (property_identifier) @local)
