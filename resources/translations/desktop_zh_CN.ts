<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>desktop</name>
    <message>
      <location filename="app/desktop/about.py" />
      <source>Chat that keeps working on bad networks.</source>
      <translation>网络再差，也能聊。</translation>
    </message>
    <message>
      <location filename="app/desktop/about.py" />
      <source>MIT licence. Protocols and log format follow Tencent Mars.</source>
      <translation>MIT 许可。协议与日志格式遵循腾讯 Mars。</translation>
    </message>
    <message>
      <location filename="app/desktop/bubble_list.py" />
      <source>No messages yet</source>
      <translation>还没有消息</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>Write a message</source>
      <translation>输入消息</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>Message</source>
      <translation>消息</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>Send (Enter)</source>
      <translation>发送（Enter）</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>Send</source>
      <translation>发送</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>Attach files</source>
      <translation>添加文件</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>Do not reply (Esc)</source>
      <translation>取消回复（Esc）</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>Do not reply</source>
      <translation>取消回复</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>Reply to {name}: {text}</source>
      <translation>回复 {name}：{text}</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>This text is too long: {n} characters. A message can have up to {most}.</source>
      <translation>文字太长：{n} 个字符，一条消息最多 {most} 个。</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>This message is too long. Split it into several.</source>
      <translation>消息太长，请分几条发送。</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_delegate.py" />
      <source>Yesterday</source>
      <translation>昨天</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_delegate.py" />
      <source>Draft: {text}</source>
      <translation>草稿：{text}</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_delegate.py" />
      <source>You: {text}</source>
      <translation>你：{text}</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>{n} members: {names}</source>
      <translation>{n} 位成员：{names}</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>Messages in {title}</source>
      <translation>{title} 的消息</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>Select a conversation</source>
      <translation>选择一个会话</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>or press Ctrl+N to start a new one.</source>
      <translation>或按 Ctrl+N 新建会话。</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>Jump to the latest message</source>
      <translation>跳到最新消息</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>Public conversation</source>
      <translation>公开会话</translation>
    </message>
    <message>
      <location filename="app/desktop/conversations_model.py" />
      <source>{n} unread</source>
      <translation>{n} 条未读</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>{done} of {size}</source>
      <translation>{done}/{size}</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Send files</source>
      <translation>发送文件</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Paused at {share}. Go on</source>
      <translation>已暂停（{share}），点击继续</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Sending: {share}</source>
      <translation>正在发送：{share}</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Downloading: {share}</source>
      <translation>正在下载：{share}</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Save as…</source>
      <translation>另存为…</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Show in folder</source>
      <translation>在文件夹中显示</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Open</source>
      <translation>打开</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Go on</source>
      <translation>继续</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Pause</source>
      <translation>暂停</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Pasted picture</source>
      <translation>粘贴的图片</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Download</source>
      <translation>下载</translation>
    </message>
    <message>
      <location filename="app/desktop/file_actions.py" />
      <source>Download failed. Try again</source>
      <translation>下载失败，点击重试</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>There is no long-lived connection. Messages are sent one by one over HTTP, and new ones may arrive late. Click for details.</source>
      <translation>长连接尚未建立，消息暂时通过 HTTP 逐条发送，新消息可能会晚些到达。点击查看详情。</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>No network</source>
      <translation>没有网络</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Connecting…</source>
      <translation>正在连接…</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Connected over HTTP</source>
      <translation>已通过 HTTP 连接</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Updating…</source>
      <translation>正在更新…</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Not connected</source>
      <translation>未连接</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Slow network: {seconds} s</source>
      <translation>网络缓慢：{seconds} 秒</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>{n} messages have been waiting since {time}.</source>
      <translation>{n} 条消息自 {time} 起等待发送。</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>1 message has been waiting since {time}.</source>
      <translation>1 条消息自 {time} 起等待发送。</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Connection: {state}</source>
      <translation>连接：{state}</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Show the connection</source>
      <translation>查看连接状态</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Trying again in {n} s.</source>
      <translation>{n} 秒后重试。</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Trying again now.</source>
      <translation>正在重试。</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>The network is slow: an answer takes {seconds} s.</source>
      <translation>网络缓慢：应答需要 {seconds} 秒。</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>The server is slow to answer. Still trying.</source>
      <translation>服务器应答缓慢，仍在尝试。</translation>
    </message>
    <message>
      <location filename="app/desktop/local_time.py" />
      <source>Today</source>
      <translation>今天</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Show the password</source>
      <translation>显示密码</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Server settings</source>
      <translation>服务器设置</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Connect without encryption</source>
      <translation>不加密连接</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>No answer from {host} yet. Phobos keeps trying for up to half a minute.</source>
      <translation>{host} 尚未应答，Phobos 会继续尝试，最多半分钟。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Create an account</source>
      <translation>创建账号</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Welcome to Phobos</source>
      <translation>欢迎使用 Phobos</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Choose a name so that people can find you.</source>
      <translation>取一个名字，方便别人找到你。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Name</source>
      <translation>名字</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Password</source>
      <translation>密码</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Repeat password</source>
      <translation>再次输入密码</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Server</source>
      <translation>服务器</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Already have an account? Log in</source>
      <translation>已有账号？登录</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>New here? Create an account</source>
      <translation>第一次使用？创建账号</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Long-link port</source>
      <translation>长连接端口</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Short-link port</source>
      <translation>短连接端口</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Menu</source>
      <translation>菜单</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Enter your name.</source>
      <translation>请输入名字。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Sign up</source>
      <translation>注册</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Log in</source>
      <translation>登录</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Enter your password.</source>
      <translation>请输入密码。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Enter the server's name or address, such as chat.example.org.</source>
      <translation>请输入服务器的名称或地址，例如 chat.example.org。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Passwords need at least {n} characters.</source>
      <translation>密码至少需要 {n} 个字符。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>The passwords don't match.</source>
      <translation>两次输入的密码不一致。</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>New conversation</source>
      <translation>新建会话</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>Settings</source>
      <translation>设置</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>Connection</source>
      <translation>连接</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>Check the connection</source>
      <translation>检查连接</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>Log viewer</source>
      <translation>日志查看器</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>Export diagnostics…</source>
      <translation>导出诊断信息…</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>About Phobos</source>
      <translation>关于 Phobos</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>Open a window for another person</source>
      <translation>打开另一个人的窗口</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>Log out</source>
      <translation>退出登录</translation>
    </message>
    <message>
      <location filename="app/desktop/menu.py" />
      <source>Quit</source>
      <translation>退出</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Type the beginning of a name.</source>
      <translation>输入名字的开头。</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Search</source>
      <translation>搜索</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Find people by name</source>
      <translation>按名字找人</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>People found</source>
      <translation>找到的人</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Group name (optional)</source>
      <translation>群名称（可不填）</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Group name</source>
      <translation>群名称</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>With {names}</source>
      <translation>成员：{names}</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>No names match</source>
      <translation>没有匹配的名字</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Create group</source>
      <translation>创建群聊</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Start</source>
      <translation>开始聊天</translation>
    </message>
    <message>
      <location filename="app/desktop/notice_bar.py" />
      <source>Close</source>
      <translation>关闭</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Anyone between this computer and the server could then read and change your name, password and messages.</source>
      <translation>这样一来，这台电脑与服务器之间的任何人都能看到和篡改你的名字、密码和所有消息。</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Connect without encryption?</source>
      <translation>不加密连接？</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Connect to {host} without encryption?</source>
      <translation>要不加密连接到 {host} 吗？</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Don't connect</source>
      <translation>不连接</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Until now the connection to this server was encrypted.</source>
      <translation>此前与此服务器的连接一直是加密的。</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Proxy</source>
      <translation>代理</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Address</source>
      <translation>地址</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Log-in</source>
      <translation>登录</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>User name</source>
      <translation>用户名</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Type</source>
      <translation>类型</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Port</source>
      <translation>端口</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Test</source>
      <translation>测试</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Testing…</source>
      <translation>正在测试…</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Same as system</source>
      <translation>跟随系统</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>No proxy</source>
      <translation>不使用代理</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Custom</source>
      <translation>自定义</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>It works: the server answered.</source>
      <translation>可用：服务器有应答。</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>It does not work: {why}</source>
      <translation>不可用：{why}</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>It does not work. Check the address, port, name and password.</source>
      <translation>不可用，请检查地址、端口、用户名和密码。</translation>
    </message>
    <message>
      <location filename="app/desktop/row_layout.py" />
      <source>{reason} Click to try again.</source>
      <translation>{reason}点击重试。</translation>
    </message>
    <message>
      <location filename="app/desktop/row_layout.py" />
      <source>Show the whole message</source>
      <translation>显示完整消息</translation>
    </message>
    <message>
      <location filename="app/desktop/search_results.py" />
      <source>Messages</source>
      <translation>消息</translation>
    </message>
    <message>
      <location filename="app/desktop/search_results.py" />
      <source>Conversations</source>
      <translation>会话</translation>
    </message>
    <message>
      <location filename="app/desktop/search_results.py" />
      <source>People</source>
      <translation>联系人</translation>
    </message>
    <message>
      <location filename="app/desktop/send_files.py" />
      <source>Add a caption</source>
      <translation>添加说明</translation>
    </message>
    <message>
      <location filename="app/desktop/send_files.py" />
      <source>Caption</source>
      <translation>说明</translation>
    </message>
    <message>
      <location filename="app/desktop/send_files.py" />
      <source>Keep the location and other details of photos</source>
      <translation>保留照片的拍摄地点等信息</translation>
    </message>
    <message>
      <location filename="app/desktop/send_files.py" />
      <source>Send {n} files?</source>
      <translation>发送 {n} 个文件？</translation>
    </message>
    <message>
      <location filename="app/desktop/send_files.py" />
      <source>Send this file?</source>
      <translation>发送这个文件？</translation>
    </message>
    <message>
      <location filename="app/desktop/send_files.py" />
      <source>and {n} more</source>
      <translation>还有 {n} 个</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Appearance</source>
      <translation>外观</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Notifications</source>
      <translation>通知</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Logs</source>
      <translation>日志</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Theme</source>
      <translation>主题</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Language</source>
      <translation>语言</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Public key</source>
      <translation>公钥</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>To use another server, log out first.</source>
      <translation>要换服务器，请先退出登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Check for updates once a day</source>
      <translation>每天检查一次更新</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Notify me about new messages</source>
      <translation>新消息时通知我</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Show message text in notifications</source>
      <translation>在通知中显示消息内容</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Keep running in the notification area</source>
      <translation>关闭窗口后继续在通知区域运行</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>None: logs are not encrypted</source>
      <translation>无（日志不加密）</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Open the log folder</source>
      <translation>打开日志文件夹</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Done</source>
      <translation>完成</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Light</source>
      <translation>浅色</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Dark</source>
      <translation>深色</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Updates</source>
      <translation>更新</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Logs will be encrypted with this key after a restart.</source>
      <translation>下次启动后，日志将用此公钥加密。</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Not a valid key. A key has 128 hexadecimal digits.</source>
      <translation>公钥无效：应为 128 位十六进制数字。</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>In {title}</source>
      <translation>在“{title}”中</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Search people, conversations and messages</source>
      <translation>搜索联系人、会话和消息</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>New conversation (Ctrl+N)</source>
      <translation>新建会话（Ctrl+N）</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>No conversations yet</source>
      <translation>还没有会话</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Find people by name and send them a message.</source>
      <translation>按名字找人，给他们发消息。</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>No results</source>
      <translation>没有结果</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Nothing on this device matches. Filters: from:NAME, after:2026-01-31, before:…</source>
      <translation>这台设备上没有匹配的内容。可以筛选：来自:名字、晚于:2026-01-31、早于:…</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Words, and if wanted from:NAME, after:2026-01-31 or before:2026-01-31</source>
      <translation>输入关键词，还可以加上 来自:名字、晚于:2026-01-31 或 早于:2026-01-31</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Search all conversations</source>
      <translation>搜索全部会话</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Search results</source>
      <translation>搜索结果</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Copy message</source>
      <translation>复制消息</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Reply</source>
      <translation>回复</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Show what it answers</source>
      <translation>查看被回复的消息</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Copy selection</source>
      <translation>复制所选文字</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Open link</source>
      <translation>打开链接</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Copy link</source>
      <translation>复制链接</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Send again</source>
      <translation>重新发送</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_model.py" />
      <source>You</source>
      <translation>你</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_model.py" />
      <source>waiting to be sent</source>
      <translation>等待发送</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_model.py" />
      <source>not sent</source>
      <translation>未发送</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_model.py" />
      <source>in reply to {name}: {text}</source>
      <translation>回复 {name} 的消息：{text}</translation>
    </message>
    <message>
      <location filename="app/desktop/tray.py" />
      <source>Phobos: {count} unread</source>
      <translation>Phobos：{count} 条未读消息</translation>
    </message>
    <message>
      <location filename="app/desktop/tray.py" />
      <source>New message</source>
      <translation>新消息</translation>
    </message>
    <message>
      <location filename="app/desktop/tray.py" />
      <source>Open Phobos</source>
      <translation>打开 Phobos</translation>
    </message>
    <message>
      <location filename="app/desktop/trust_dialog.py" />
      <source>Trust this server?</source>
      <translation>信任此服务器？</translation>
    </message>
    <message>
      <location filename="app/desktop/trust_dialog.py" />
      <source>Trust {host}?</source>
      <translation>信任 {host}？</translation>
    </message>
    <message>
      <location filename="app/desktop/trust_dialog.py" />
      <source>The server's certificate is not the one you trusted before. Someone may be listening in. Continue only if the person who runs the server confirms the change.</source>
      <translation>服务器的证书与你之前信任的不同，可能有人在窃听。只有在服务器管理者确认更换后才继续。</translation>
    </message>
    <message>
      <location filename="app/desktop/trust_dialog.py" />
      <source>This server's certificate isn't signed by a known authority. Compare its fingerprint with the one from the person who runs the server.</source>
      <translation>此服务器的证书没有经过已知机构签发。请与服务器管理者提供的指纹比对。</translation>
    </message>
    <message>
      <location filename="app/desktop/trust_dialog.py" />
      <source>Fingerprint (SHA-256)</source>
      <translation>指纹（SHA-256）</translation>
    </message>
    <message>
      <location filename="app/desktop/trust_dialog.py" />
      <source>Trust and connect</source>
      <translation>信任并连接</translation>
    </message>
    <message>
      <location filename="app/desktop/window.py" />
      <source>Something went wrong in Phobos. Details are in the log.</source>
      <translation>Phobos 内部出了问题，详情见日志。</translation>
    </message>
    <message>
      <location filename="app/desktop/window.py" />
      <source>Not available in this version.</source>
      <translation>此版本没有这项功能。</translation>
    </message>
    <message>
      <location filename="app/desktop/window.py" />
      <source>Version {version} is available: {url}</source>
      <translation>新版本 {version} 已发布：{url}</translation>
    </message>
    <message>
      <location filename="app/desktop/window.py" />
      <source>Review</source>
      <translation>重新决定</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Wrong name or password</source>
      <translation>名字或密码错误</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This name is taken. Choose another one.</source>
      <translation>这个名字已被使用，请换一个。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This name looks like someone else's. Choose another one.</source>
      <translation>这个名字和别人的名字看起来一样，请换一个。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This name can't be used. It needs 1 to 64 visible characters, with no space at either end.</source>
      <translation>这个名字不能使用：需要 1 到 64 个可见字符，开头和结尾不能有空格。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Passwords need at least 8 characters.</source>
      <translation>密码至少需要 8 个字符。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>You are sending too fast. Wait a few seconds.</source>
      <translation>发送过于频繁，请稍等几秒。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Too many attempts. Try again in a few minutes.</source>
      <translation>尝试次数过多，请过几分钟再试。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Too many requests. Wait a few seconds.</source>
      <translation>操作过于频繁，请稍等几秒。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server's disk is full. Your messages are saved and will be sent later.</source>
      <translation>服务器的磁盘已满。你的消息会保留，稍后自动发送。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Can't reach the server. Check the address and your network.</source>
      <translation>无法连接服务器，请检查地址和网络。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Can't find this server. Check the address and your network.</source>
      <translation>找不到此服务器，请检查地址和网络。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The proxy refused the connection. Check the proxy settings.</source>
      <translation>代理拒绝了连接，请检查代理设置。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Not connected, because the connection would not be encrypted.</source>
      <translation>未连接：该连接不会加密。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Can't make an encrypted connection to this server. Check the ports and settings.</source>
      <translation>无法与此服务器建立加密连接，请检查端口和设置。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Not a valid server address. Check the server settings.</source>
      <translation>服务器地址无效，请检查服务器设置。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server didn't answer in time. Try again.</source>
      <translation>服务器没有及时应答，请重试。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server had a problem. Try again later.</source>
      <translation>服务器出了问题，请稍后再试。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>You are not logged in.</source>
      <translation>你尚未登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Your session has ended. Log in again.</source>
      <translation>登录已过期，请重新登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>You were logged out.</source>
      <translation>你已退出登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This file is no longer there, or it can't be read.</source>
      <translation>找不到这个文件，或者它不是文件。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This file is empty.</source>
      <translation>这个文件是空的。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This file is too large. The most is 100 MB.</source>
      <translation>文件太大，最大 100 MB。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Your storage on this server is full.</source>
      <translation>你在这台服务器上的文件空间已用完。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This file is no longer on the server.</source>
      <translation>服务器上已经没有这个文件了。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This file did not arrive as it was sent. Try again.</source>
      <translation>收到的文件与发送的不一致，请重试。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The message is empty.</source>
      <translation>消息是空的。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This conversation no longer exists.</source>
      <translation>此会话已不存在。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>You are not in this conversation.</source>
      <translation>你不在此会话中。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>No one has this name.</source>
      <translation>没有人叫这个名字。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Can't start a conversation with these people.</source>
      <translation>不能与这些人开始会话。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This name is too long or can't be shown. Use up to 100 characters.</source>
      <translation>名称太长或无法显示，最多 100 个字符。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server didn't understand. Is Phobos up to date?</source>
      <translation>服务器无法理解请求，Phobos 是最新版本吗？</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This server doesn't support that.</source>
      <translation>此服务器不支持这项功能。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This server is not trusted.</source>
      <translation>此服务器不受信任。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Your local messages were damaged. They are being loaded again from the server.</source>
      <translation>本地消息已损坏，正在从服务器重新加载。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Can't save: the disk is full or read-only.</source>
      <translation>无法保存：磁盘已满或不可写。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>No network. Connect to a network to log in.</source>
      <translation>没有网络。请连接网络后登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Your data folder is read-only, so nothing will be saved when you quit.</source>
      <translation>你的数据文件夹不可写，退出后内容不会保留。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Something went wrong: {detail}.</source>
      <translation>出了问题：{detail}。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Not sent.</source>
      <translation>未发送。</translation>
    </message>
    <message>
      <location filename="app/start/platform_bridge.py" />
      <source>{n} new messages</source>
      <translation>{n} 条新消息</translation>
    </message>
    <message>
      <location filename="app/start/platform_bridge.py" />
      <source>{n} new messages in {conversations} conversations</source>
      <translation>{conversations} 个会话中有 {n} 条新消息</translation>
    </message>
    <message>
      <location filename="app/start/startup.py" />
      <source>Phobos is already running with this profile.</source>
      <translation>Phobos 已在使用此配置运行。</translation>
    </message>
  </context>
</TS>
