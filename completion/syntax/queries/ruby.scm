; definitions
((class name: (_) @name) @class (#set! signature "line"))
((module name: (_) @name) @module (#set! signature "line"))
(method name: (_) @name body: (_)? @body) @function
(singleton_method name: (_) @name body: (_)? @body) @function
(assignment left: (constant) @name) @constant
((call method: (identifier) @_attribute arguments: (argument_list (simple_symbol) @name)) @field
  (#match? @_attribute "^attr_(reader|writer|accessor)$"))

; imports
((call method: (identifier) @_require arguments: (argument_list (string (string_content) @module)))
  (#match? @_require "^(require|require_relative|load)$"))

; names
(identifier) @used
(constant) @used
(instance_variable) @used
(method_parameters (identifier) @local)
(block_parameters (identifier) @local)
(lambda_parameters (identifier) @local)
(optional_parameter name: (identifier) @local)
(keyword_parameter name: (identifier) @local)
(splat_parameter name: (identifier) @local)
(hash_splat_parameter name: (identifier) @local)
(block_parameter name: (identifier) @local)
(assignment left: (_) @local)
(left_assignment_list (identifier) @local)
(for pattern: (identifier) @local)
(exception_variable (identifier) @local)
(method name: (identifier) @local)
(class name: (constant) @local)

; strays
((identifier) @stray (#eq? @stray "end"))
