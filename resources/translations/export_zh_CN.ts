<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>export</name>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>The disk is full: free some space, or choose another folder.</source>
      <translation>磁盘已满：请释放空间，或选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>That folder cannot be written: choose another.</source>
      <translation>该文件夹无法写入：请选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>There is no such folder: choose another.</source>
      <translation>没有这个文件夹：请选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>That is a folder: give the name of a file.</source>
      <translation>那是一个文件夹：请给出文件名。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>The file could not be written; the log says why.</source>
      <translation>文件无法写入；原因见日志。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Export diagnostics</source>
      <translation>导出诊断信息</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>One file for whoever helps you. Look through it first: names, messages, tokens and addresses are taken out, and nothing leaves this computer by itself.</source>
      <translation>生成一个文件，交给帮助你的人。请先查看：姓名、消息、令牌和地址已被隐去，任何内容都不会自动离开这台电脑。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Correlation id</source>
      <translation>关联编号</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Tell this id to whoever helps you</source>
      <translation>请把此编号告诉帮助你的人</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Copy the id</source>
      <translation>复制编号</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>What did you see, and when? (optional)</source>
      <translation>你看到了什么？什么时候？（可选）</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Your note</source>
      <translation>你的说明</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Files of the archive</source>
      <translation>存档中的文件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Content of the file</source>
      <translation>文件内容</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Leave readable:</source>
      <translation>保持可读：</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Logs can be read without the key</source>
      <translation>日志无需密钥即可阅读</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Save…</source>
      <translation>保存…</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Reading…</source>
      <translation>正在读取…</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>{count} files, {size} before packing</source>
      <translation>{count} 个文件，压缩前 {size}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Save the diagnostics</source>
      <translation>保存诊断信息</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Writing…</source>
      <translation>正在写入…</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Names</source>
      <translation>姓名</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Messages</source>
      <translation>消息</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Tokens</source>
      <translation>令牌</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Addresses</source>
      <translation>地址</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Whoever gets the file can read: {what}.</source>
      <translation>拿到文件的人可以读到：{what}。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>An encrypted log goes along without having been looked through.</source>
      <translation>一份加密日志未经检查便一同附上。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>The list of your contacts and messages cannot be read, so the logs were not searched for them. Look through a log before you take it in.</source>
      <translation>无法读取你的联系人和消息，因此未能在日志中查找它们。附上日志之前，请先自行查看。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Report for the browser</source>
      <translation>浏览器报告</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Events of the network</source>
      <translation>网络事件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Diagnoses</source>
      <translation>诊断结果</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Addresses and heartbeats learned</source>
      <translation>学到的地址与心跳</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>System and versions</source>
      <translation>系统与版本</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Settings</source>
      <translation>设置</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Log</source>
      <translation>日志</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>List of contents</source>
      <translation>内容清单</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>How to read this</source>
      <translation>阅读说明</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>This log is encrypted, so nobody can look through it here. Only who has the key can read it, and then all of it.</source>
      <translation>此日志已加密，在这里无法查看。只有持有密钥的人才能阅读，并且能读到全部内容。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>Messages are not getting through.</source>
      <translation>消息发不出去。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>Find out why</source>
      <translation>查找原因</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>Checking the connection…</source>
      <translation>正在检查连接…</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>Checking the connection: {done} of {total}</source>
      <translation>正在检查连接：{done}/{total}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>Export…</source>
      <translation>导出…</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>Diagnostics {id} were saved to {path}</source>
      <translation>诊断信息 {id} 已保存到 {path}</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>Stop</source>
      <translation>停止</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>The check could not be run. The log says why.</source>
      <translation>无法运行检查，原因见日志。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>You are connected. The check found: {verdict}</source>
      <translation>现在已连接。检查结果：{verdict}</translation>
    </message>
  </context>
</TS>
