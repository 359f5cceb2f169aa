<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>export</name>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>The disk is full. Free some space or choose another folder.</source>
      <translation>磁盘已满，请释放空间或选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Can't write to this folder. Choose another one.</source>
      <translation>无法写入此文件夹，请选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>This folder does not exist. Choose another one.</source>
      <translation>此文件夹不存在，请选择其他文件夹。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>This is a folder. Enter a file name.</source>
      <translation>这是一个文件夹，请输入文件名。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Can't write the file. Details are in the log.</source>
      <translation>无法写入文件，详情见日志。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Export diagnostics</source>
      <translation>导出诊断信息</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Creates one file for the person who helps you. Names, messages, tokens and addresses are removed. Look through it first: nothing is sent automatically.</source>
      <translation>生成一个文件，供帮助你的人查看。名字、消息、令牌和地址已移除。请先自己看一遍：不会自动发送任何内容。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Correlation ID</source>
      <translation>关联编号</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Give this ID to the person who helps you</source>
      <translation>请把此编号告诉帮助你的人</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Copy ID</source>
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
      <source>Keep readable:</source>
      <translation>保留原文：</translation>
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
      <source>{count} files, {size} uncompressed</source>
      <translation>{count} 个文件，未压缩 {size}</translation>
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
      <translation>名字</translation>
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
      <source>Anyone who gets the file can read: {what}.</source>
      <translation>拿到文件的人可以读到：{what}。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>An encrypted log is included unchecked.</source>
      <translation>其中一份加密日志未经检查。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview.py" />
      <source>Your contacts and messages could not be read, so the logs were not searched for them. Look through each log before you include it.</source>
      <translation>无法读取你的联系人和消息，因此未能在日志中查找它们。附上日志之前，请先自行查看。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Report for the browser</source>
      <translation>浏览器报告</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Network events</source>
      <translation>网络事件</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Diagnoses</source>
      <translation>诊断结果</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>Learned addresses and heartbeats</source>
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
      <source>Contents</source>
      <translation>内容清单</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>How to read this</source>
      <translation>阅读说明</translation>
    </message>
    <message>
      <location filename="app/diagnostics/preview_files.py" />
      <source>This log is encrypted and can't be shown here. Only someone who has the key can read it, and they can read all of it.</source>
      <translation>此日志已加密，无法在这里查看。只有持有密钥的人才能阅读，并且能读到全部内容。</translation>
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
      <source>The check could not run. Details are in the log.</source>
      <translation>无法运行检查，详情见日志。</translation>
    </message>
    <message>
      <location filename="app/diagnostics/support.py" />
      <source>You are connected. The check found: {verdict}</source>
      <translation>现在已连接。检查结果：{verdict}</translation>
    </message>
  </context>
</TS>
