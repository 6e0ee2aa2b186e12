; definitions
(function_definition name: (word) @name body: (_) @body) @function
(program (variable_assignment name: (variable_name) @name) @variable)
(program (declaration_command (variable_assignment name: (variable_name) @name)) @variable)

; imports
((command name: (command_name (word) @_source) . argument: [(word) (string) (concatenation)] @module)
  (#match? @_source "^(source|[.])$"))

; names
(command_name (word) @used)
(variable_name) @used
(variable_assignment name: (variable_name) @local)
(for_statement variable: (variable_name) @local)
(declaration_command (variable_name) @local)
(function_definition name: (word) @local)

; strays
((command_name (word) @stray) (#any-of? @stray "}" "fi" "done" "esac" "then" "else" "elif"))
