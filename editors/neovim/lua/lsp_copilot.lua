--- Keys and a status text for lsp-copilot; the server's configuration is in lsp/lsp_copilot.lua.
---
--- `vim.lsp.inline_completion` waits 200 ms before it asks again, and meanwhile keeps the last answer.
--- Accepted in that time, it would be inserted where the cursor was when it was asked for: before what
--- was typed since. `accept` puts that right.

local M = {}

---@alias lsp_copilot.Part 'all'|'line'|'word'

--- The line's text between the start of the range and the cursor; nil where the cursor has left it.
local function typed_in(range)
  local row, column = unpack(vim.api.nvim_win_get_cursor(0))
  local start_row, start_column, end_row, end_column = range:to_extmark()
  if start_row ~= row - 1 or end_row ~= row - 1 or column < end_column then
    return nil
  end
  return vim.api.nvim_get_current_line():sub(start_column + 1, column)
end

--- The item with its range stretched to the cursor; nil where it no longer fits the text.
local function fitted(item)
  if type(item.insert_text) ~= 'string' or not item.range then
    return item
  end
  local typed = typed_in(item.range)
  if not typed then
    return nil
  end
  local row, column, _, end_column = item.range:to_extmark()
  if column + #typed == end_column then
    return item
  end
  if not vim.startswith(item.insert_text, typed) then
    return nil
  end
  item.range = vim.range.lsp(vim.api.nvim_get_current_buf(), {
    start = { line = row, character = column },
    ['end'] = { line = row, character = column + #typed },
  }, 'utf-8')
  return item
end

--- The item cut to its first line or word. A cut item runs no command: it was not accepted as a whole.
local function cut(item, part)
  if part == 'all' or type(item.insert_text) ~= 'string' then
    return item
  end
  local typed = item.range and typed_in(item.range) or ''
  local rest = item.insert_text:sub(#typed + 1)
  local pattern = part == 'line' and '^\n?[^\n]*' or '^%s*[%w_\128-\255]+'
  local kept = rest:match(pattern) or rest:match('^%s*[^%s%w_]+') or rest
  if kept ~= rest then
    item.insert_text = typed .. kept
    item.command = nil
  end
  return item
end

--- Accept the suggestion on the screen, or its first line or word. As its own undo step: `u` takes back
--- the suggestion, not what you typed before it.
---
---@param part? lsp_copilot.Part default: 'all'
---@return boolean # false where there is nothing to accept; usable in an `<expr>` mapping
function M.accept(part)
  return vim.lsp.inline_completion.get({
    on_accept = function(item)
      local now = fitted(item)
      if now then
        vim.go.undolevels = vim.go.undolevels
        return cut(now, part or 'all')
      end
      -- `get` has dropped the pending request; ask again as if the cursor had moved.
      vim.api.nvim_exec_autocmds('CursorMovedI', { buffer = 0, modeline = false })
    end,
  })
end

local SIGNS = { normal = '✓', busy = '…', loading = '…', warning = '!', error = '✗', off = '-' }

--- A short text for the statusline, e.g. "copilot ✓" or "copilot … 40%"; empty where no server runs.
---
---@return string
function M.status()
  local status = vim.g.lsp_copilot_status
  if type(status) ~= 'table' then
    return ''
  end
  local text = 'copilot ' .. (SIGNS[status.kind] or '?')
  if type(status.progress) == 'number' then
    text = ('%s %d%%'):format(text, status.progress * 100)
  end
  return text
end

return M
