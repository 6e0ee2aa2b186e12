; definitions
((document (object (pair key: (string (string_content) @name)) @key)) (#set! signature "line"))
