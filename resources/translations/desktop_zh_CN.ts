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
      <source>This text is too long for one message: {n} characters; the most are {most}.</source>
      <translation>这段文字太长，一条消息放不下：{n} 个字符，最多 {most} 个。</translation>
    </message>
    <message>
      <location filename="app/desktop/composer.py" />
      <source>This message is too long. Send it in parts.</source>
      <translation>消息太长，请分几次发送。</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_delegate.py" />
      <source>Yesterday</source>
      <translation>昨天</translation>
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
      <source>Messages with {title}</source>
      <translation>与 {title} 的消息</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>Choose a conversation</source>
      <translation>选择一个会话</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>or start a new one with Ctrl+N.</source>
      <translation>或按 Ctrl+N 新建会话。</translation>
    </message>
    <message>
      <location filename="app/desktop/conversation_pane.py" />
      <source>To the newest message</source>
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
      <location filename="app/desktop/link_state.py" />
      <source>Messages are sent one by one over HTTP while there is no lasting connection; new ones may come late. Click to see the connection.</source>
      <translation>长连接尚未建立，消息暂时通过 HTTP 逐条发送，新消息可能会晚些到达。点击查看连接。</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>No network</source>
      <translation>无网络</translation>
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
      <source>Connection: {state}</source>
      <translation>连接：{state}</translation>
    </message>
    <message>
      <location filename="app/desktop/link_state.py" />
      <source>Show the connection</source>
      <translation>查看连接状态</translation>
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
      <source>Choose a name that others will find you by.</source>
      <translation>取一个名字，别人靠它找到你。</translation>
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
      <source>Password once more</source>
      <translation>再次输入密码</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Server</source>
      <translation>服务器</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>I have an account: log in</source>
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
      <source>Write your name.</source>
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
      <source>Write your password.</source>
      <translation>请输入密码。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Enter the server's name or address, such as chat.example.org.</source>
      <translation>请输入服务器的名称或地址，例如 chat.example.org。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>Choose a password of at least {n} characters.</source>
      <translation>密码至少需要 {n} 个字符。</translation>
    </message>
    <message>
      <location filename="app/desktop/log_in.py" />
      <source>The two passwords are not the same.</source>
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
      <source>Open another person's window</source>
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
      <source>Write the beginning of a name.</source>
      <translation>输入名字的开头。</translation>
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
      <source>Title of the group (optional)</source>
      <translation>群名称（可不填）</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Title of the group</source>
      <translation>群名称</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>With {names}</source>
      <translation>成员：{names}</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Search</source>
      <translation>搜索</translation>
    </message>
    <message>
      <location filename="app/desktop/new_conversation.py" />
      <source>Nobody has a name that begins so.</source>
      <translation>没有人的名字以此开头。</translation>
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
      <source>Your name, your password and all messages can then be read and changed by anybody between this computer and the server.</source>
      <translation>这样一来，这台电脑与服务器之间的任何人都可以看到和篡改你的名字、密码和所有消息。</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Connect without encryption?</source>
      <translation>不加密连接？</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Connect to {host} without encryption?</source>
      <translation>要不加密地连接到 {host} 吗？</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Do not connect</source>
      <translation>不连接</translation>
    </message>
    <message>
      <location filename="app/desktop/plain_dialog.py" />
      <source>Until now the connection to this server was encrypted.</source>
      <translation>此前与这台服务器的连接一直是加密的。</translation>
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
      <source>Kind</source>
      <translation>类型</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Port</source>
      <translation>端口</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Try it</source>
      <translation>试一下</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>Trying…</source>
      <translation>正在测试…</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>As the system</source>
      <translation>跟随系统</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>No proxy</source>
      <translation>不使用代理</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>My own</source>
      <translation>自定义</translation>
    </message>
    <message>
      <location filename="app/desktop/proxy_rows.py" />
      <source>It works: the server answers.</source>
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
      <source>Look once a day whether there is a newer Phobos</source>
      <translation>每天检查一次是否有新版本</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Tell me of new messages</source>
      <translation>新消息时通知我</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Show the message in the notification</source>
      <translation>通知中显示消息内容</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>Go on in the notification area when the window is closed</source>
      <translation>关闭窗口后继续在通知区域运行</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>None: logs are not encrypted</source>
      <translation>无：日志不加密</translation>
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
      <source>Logs are encrypted for this key from the next start on.</source>
      <translation>下次启动起，日志将用此公钥加密。</translation>
    </message>
    <message>
      <location filename="app/desktop/settings_dialog.py" />
      <source>This is no key: it has 128 hexadecimal digits.</source>
      <translation>这不是公钥：公钥应为 128 位十六进制数字。</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Search conversations</source>
      <translation>搜索会话</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Conversations</source>
      <translation>会话</translation>
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
      <source>Find people by their name and write to them.</source>
      <translation>按名字找人，给他们写消息。</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>Nothing found</source>
      <translation>没有找到</translation>
    </message>
    <message>
      <location filename="app/desktop/side_bar.py" />
      <source>No conversation has these words.</source>
      <translation>没有会话包含这些字。</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Copy message</source>
      <translation>复制消息</translation>
    </message>
    <message>
      <location filename="app/desktop/transcript_menu.py" />
      <source>Show whole message</source>
      <translation>查看完整消息</translation>
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
      <location filename="app/desktop/tray.py" />
      <source>Phobos: unread messages: {count}</source>
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
      <source>The server's certificate is not the one you trusted before. Somebody may be listening in. Go on only if the person who runs the server confirms the change.</source>
      <translation>服务器的证书与您之前信任的不同，可能有人在窃听。只有在服务器管理者确认更换后才继续。</translation>
    </message>
    <message>
      <location filename="app/desktop/trust_dialog.py" />
      <source>No authority vouches for this server's certificate. Compare the fingerprint with the one that the person who runs the server gives you.</source>
      <translation>没有机构为此服务器的证书担保。请与服务器管理者提供的指纹比对。</translation>
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
      <source>Something went wrong inside Phobos. It was written to the log.</source>
      <translation>Phobos 内部出了问题，已写入日志。</translation>
    </message>
    <message>
      <location filename="app/desktop/window.py" />
      <source>This part is not available in this build.</source>
      <translation>此版本不含这一部分。</translation>
    </message>
    <message>
      <location filename="app/desktop/window.py" />
      <source>Phobos {version} is there: {url}</source>
      <translation>Phobos {version} 已发布：{url}</translation>
    </message>
    <message>
      <location filename="app/desktop/window.py" />
      <source>Decide again</source>
      <translation>重新决定</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The name or the password is not right.</source>
      <translation>名字或密码不正确。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This name is taken. Choose another one.</source>
      <translation>这个名字已被使用，请换一个。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This name looks like somebody else's. Choose another one.</source>
      <translation>这个名字和别人的名字看起来一样，请换一个。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This name can't be used. It needs 1 to 64 visible characters, with no space at either end.</source>
      <translation>这个名字不能使用：需要 1 到 64 个可见字符，开头和结尾不能有空格。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This password cannot be used: at least 8 characters.</source>
      <translation>密码不可用：至少 8 个字符。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>You write faster than the server takes it. Wait a few seconds.</source>
      <translation>发送过于频繁，请稍等几秒。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Too many attempts. Wait a few minutes, then try again.</source>
      <translation>尝试次数过多，请过几分钟再试。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>You are asking too fast. Wait a few seconds.</source>
      <translation>操作太频繁，请稍等几秒再试。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server's disk is full. Your messages are kept and sent later.</source>
      <translation>服务器的磁盘已满。你的消息会保留，稍后自动发送。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server cannot be reached. Check the address and your network.</source>
      <translation>无法连接服务器，请检查地址和网络。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>There is no server of this name. Check the address and your network.</source>
      <translation>找不到这个名称的服务器。请检查地址和网络。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The proxy does not let Phobos through. Check its settings.</source>
      <translation>代理不允许 Phobos 通过。请检查代理设置。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Not connected: the connection would not be encrypted.</source>
      <translation>未连接：该连接不会加密。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>What answers there does not speak Phobos's encryption. Check the server's ports and settings.</source>
      <translation>对方不支持 Phobos 的加密方式。请检查服务器的端口和设置。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This is no address of a server. Check the server settings.</source>
      <translation>这不是有效的服务器地址。请检查服务器设置。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server did not answer in time. Try again.</source>
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
      <translation>您尚未登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Your session has ended. Log in again.</source>
      <translation>会话已结束，请重新登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>You were logged out.</source>
      <translation>您已被退出登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The message is empty.</source>
      <translation>消息是空的。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This conversation does not exist any more.</source>
      <translation>此会话已不存在。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>You are not a member of this conversation.</source>
      <translation>您不是此会话的成员。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Nobody has this name.</source>
      <translation>没有人叫这个名字。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>A conversation cannot be started with these people.</source>
      <translation>不能与这些人开始会话。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This title cannot be used: at most 100 characters.</source>
      <translation>标题不可用：最多 100 个字符。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server did not understand. Is Phobos up to date?</source>
      <translation>服务器无法理解请求，Phobos 是最新版本吗？</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This server cannot do that.</source>
      <translation>此服务器不支持这项功能。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The server's identity is not trusted.</source>
      <translation>服务器的身份不受信任。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>The local message store was damaged. It was set aside and is loaded again from the server.</source>
      <translation>本地消息库已损坏，已另存，并正从服务器重新加载。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Nothing can be saved: the disk is full or cannot be written.</source>
      <translation>无法保存：磁盘已满或不可写。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>This computer has no network. You can log in once there is one.</source>
      <translation>此电脑没有网络连接。有网络后即可登录。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>Your folder cannot be written, so nothing will be kept after this session.</source>
      <translation>您的文件夹不可写，本次使用的内容不会保留。</translation>
    </message>
    <message>
      <location filename="app/desktop/wording.py" />
      <source>It did not work: {detail}.</source>
      <translation>没有成功：{detail}。</translation>
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
      <translation>Phobos 已用此配置运行。</translation>
    </message>
  </context>
</TS>
