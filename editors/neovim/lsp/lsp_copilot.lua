---@brief
---
--- lsp-copilot: a local code copilot. Needs Neovim 0.12 or newer and `lsp-copilot` on the PATH.
---
--- Suggestions come through `textDocument/inlineCompletion`: switch them on with
--- `vim.lsp.inline_completion.enable()`. What the server says of itself is kept in
--- `vim.g.lsp_copilot_status` ({ kind, message, model, progress }) and announced by the user
--- autocommand `LspCopilotStatus`.

local function publish(status)
  vim.g.lsp_copilot_status = status
  vim.api.nvim_exec_autocmds('User', { pattern = 'LspCopilotStatus', modeline = false, data = status })
  vim.cmd.redrawstatus({ bang = true })
end

--- Show a message in one line. Neovim stops for a longer one until a key is pressed, also in the middle of
--- typing. The whole text goes to the LSP log.
local function say(message)
  local is_error = message.type == vim.lsp.protocol.MessageType.Error
  local text = message.message:gsub('%s+', ' ')
  vim.lsp.log[is_error and 'error' or 'warn']('lsp-copilot', text)
  if vim.fn.strdisplaywidth(text) > vim.v.echospace then
    text = vim.fn.strcharpart(text, 0, vim.v.echospace - 1) .. '…'
  end
  vim.notify(text, is_error and vim.log.levels.ERROR or vim.log.levels.WARN)
end

---@type vim.lsp.Config
return {
  cmd = { 'lsp-copilot', '--stdio' },
  filetypes = {
    'bash',
    'c',
    'cpp',
    'css',
    'dockerfile',
    'go',
    'html',
    'java',
    'javascript',
    'javascriptreact',
    'json',
    'jsonc',
    'lua',
    'markdown',
    'python',
    'rust',
    'sh',
    'sql',
    'toml',
    'typescript',
    'typescriptreact',
    'yaml',
    'yaml.docker-compose',
  },
  root_markers = { '.lsp-copilot.toml', '.git' },
  -- Neovim files every line of a server's standard error under ERROR in its LSP log.
  init_options = { log_level = 'warning' },
  handlers = {
    ['$/lspCopilot/status'] = function(_, status)
      publish(status)
    end,
    ['window/showMessage'] = function(_, message)
      say(message)
      return vim.NIL
    end,
  },
  on_exit = vim.schedule_wrap(function()
    publish(nil)
  end),
}
