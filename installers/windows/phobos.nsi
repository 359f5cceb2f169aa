; The Windows installer: per user, no administrator needed. installers/windows_setup.py runs makensis with
; /DVERSION, /DDIST (the frozen folder), /DOUT (the .exe to write) and /DICON.
Unicode true
ManifestDPIAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma
; The programs hold the same archive: a window over all of them stores it once.
SetCompressorDictSize 64

!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "Win\COM.nsh"
!include "Win\Propkey.nsh"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Phobos"
!define CLASSES "Software\Classes"

Name "Phobos"
OutFile "${OUT}"
InstallDir "$LOCALAPPDATA\Programs\Phobos"
InstallDirRegKey HKCU "Software\Phobos" "InstallDir"
BrandingText "Phobos ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Phobos"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "FileDescription" "Phobos installer"
VIAddVersionKey "LegalCopyright" "The Phobos developers, MIT licence"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\phobos.exe"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "SimpChinese"

LangString SEC_PROGRAM ${LANG_ENGLISH} "Phobos"
LangString SEC_PROGRAM ${LANG_SIMPCHINESE} "Phobos 主程序"
LangString SEC_DESKTOP ${LANG_ENGLISH} "Shortcut on the desktop"
LangString SEC_DESKTOP ${LANG_SIMPCHINESE} "桌面快捷方式"
LangString SEC_XLOG ${LANG_ENGLISH} "Open .xlog files with Phobos"
LangString SEC_XLOG ${LANG_SIMPCHINESE} "用 Phobos 打开 .xlog 文件"
LangString NAME_VIEWER ${LANG_ENGLISH} "Phobos Log Viewer"
LangString NAME_VIEWER ${LANG_SIMPCHINESE} "Phobos 日志查看器"
LangString RUNNING ${LANG_ENGLISH} "Phobos is running. Close it, then try again."
LangString RUNNING ${LANG_SIMPCHINESE} "Phobos 正在运行。请先关闭它，然后重试。"

; A shortcut with the program's AppUserModelID (app/desktop/application.py), by which Windows groups
; its windows with a pinned entry and shows its notifications under its name.
!macro Shortcut LINK ARGUMENTS
  !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
  ${If} $0 P<> 0
    ${IShellLink::SetPath} $0 '("$INSTDIR\phobos.exe").r1'
    ${IShellLink::SetArguments} $0 '("${ARGUMENTS}").r1'
    ${IShellLink::SetWorkingDirectory} $0 '("$INSTDIR").r1'
    ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r1)'
    ${If} $1 P<> 0
      System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r2'
      System::Call 'oleaut32::SysAllocString(w "im.phobos.Phobos")p.r3'
      System::Call '*${SYSSTRUCT_PROPVARIANT}(${VT_BSTR},,p r3)p.r4'
      ${IPropertyStore::SetValue} $1 '($2,$4)'
      System::Call 'oleaut32::SysFreeString(p r3)'
      System::Free $2
      System::Free $4
      ${IPropertyStore::Commit} $1 ""
      ${IUnknown::Release} $1 ""
    ${EndIf}
    ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
    ${If} $1 P<> 0
      ${IPersistFile::Save} $1 '("${LINK}",1)'
      ${IUnknown::Release} $1 ""
    ${EndIf}
    ${IUnknown::Release} $0 ""
  ${EndIf}
!macroend

Function .onInit
  !insertmacro MUI_LANGDLL_DISPLAY
FunctionEnd

; Closes the running program and waits until its file can be replaced; sets the error flag when it
; cannot. The program ends as if its window had been closed: what was typed is in its outbox.
!macro EndProgram un
Function ${un}EndProgram
  ClearErrors
  ${IfNot} ${FileExists} "$INSTDIR\phobos.exe"
    Return
  ${EndIf}
  StrCpy $1 0
  ${Do}
    ClearErrors
    Delete "$INSTDIR\phobos.exe"
    ${IfNot} ${Errors}
      Return
    ${EndIf}
    ${If} $1 = 0
      nsExec::Exec '"$INSTDIR\phobos-console.exe" --end'
      Pop $0
    ${EndIf}
    Sleep 250
    IntOp $1 $1 + 1
  ${LoopUntil} $1 > 40
  SetErrors
FunctionEnd
!macroend
!insertmacro EndProgram ""
!insertmacro EndProgram "un."

Section "$(SEC_PROGRAM)" SecProgram
  SectionIn RO
  ; An older version's files must not stay beside the new ones; a program in use cannot be removed.
  Call EndProgram
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(RUNNING)" /SD IDOK
    SetErrorLevel 3
    Abort
  ${EndIf}
  RMDir /r "$INSTDIR\lib"
  SetOutPath "$INSTDIR"
  File /r "${DIST}/*"
  CreateDirectory "$SMPROGRAMS\Phobos"
  !insertmacro Shortcut "$SMPROGRAMS\Phobos\Phobos.lnk" ""
  !insertmacro Shortcut "$SMPROGRAMS\Phobos\$(NAME_VIEWER).lnk" "viewer"
  WriteUninstaller "$INSTDIR\uninstall.exe"
  WriteRegStr HKCU "Software\Phobos" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Phobos"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\phobos.exe"
  WriteRegStr HKCU "${UNINSTALL}" "Publisher" "The Phobos developers"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" $0
SectionEnd

Section /o "$(SEC_DESKTOP)" SecDesktop
  !insertmacro Shortcut "$DESKTOP\Phobos.lnk" ""
SectionEnd

Section "$(SEC_XLOG)" SecXlog
  WriteRegStr HKCU "${CLASSES}\Phobos.xlog" "" "xlog"
  WriteRegStr HKCU "${CLASSES}\Phobos.xlog\DefaultIcon" "" "$INSTDIR\phobos.exe,0"
  WriteRegStr HKCU "${CLASSES}\Phobos.xlog\shell\open\command" "" '"$INSTDIR\phobos.exe" viewer "%1"'
  WriteRegStr HKCU "${CLASSES}\.xlog" "" "Phobos.xlog"
  WriteRegStr HKCU "${CLASSES}\.xlog\OpenWithProgids" "Phobos.xlog" ""
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

Section "Uninstall"
  Call un.EndProgram
  ${If} ${Errors}
    MessageBox MB_OK|MB_ICONEXCLAMATION "$(RUNNING)" /SD IDOK
    SetErrorLevel 3
    Abort
  ${EndIf}
  ; Only what was installed: profiles lie in %LOCALAPPDATA%\phobos and stay.
  RMDir /r "$INSTDIR\lib"
  Delete "$INSTDIR\phobos*.exe"
  Delete "$INSTDIR\*.txt"
  Delete "$INSTDIR\uninstall.exe"
  RMDir "$INSTDIR"
  Delete "$DESKTOP\Phobos.lnk"
  RMDir /r "$SMPROGRAMS\Phobos"
  ReadRegStr $0 HKCU "${CLASSES}\.xlog" ""
  ${If} $0 == "Phobos.xlog"
    DeleteRegValue HKCU "${CLASSES}\.xlog" ""
  ${EndIf}
  DeleteRegValue HKCU "${CLASSES}\.xlog\OpenWithProgids" "Phobos.xlog"
  DeleteRegKey HKCU "${CLASSES}\Phobos.xlog"
  DeleteRegKey HKCU "${UNINSTALL}"
  DeleteRegKey HKCU "Software\Phobos"
  System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd
