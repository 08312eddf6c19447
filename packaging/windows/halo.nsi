; Halo for Windows, for one person and without administrator's rights. Silent: /S; elsewhere: /D=C:\Some\Folder (last).
;   /NOAUTOSTART   the log-in does not start Halo
; Uninstalling: /S, and /DELETEDATA for what Halo keeps of the person.
; What is installed lies in FILES, the release is VERSION; both are given on the command line of makensis.
Target amd64-unicode
SetCompressor /SOLID lzma
RequestExecutionLevel user
ManifestDPIAware true

!include FileFunc.nsh
!include LogicLib.nsh

Name "Halo"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Halo"
InstallDirRegKey HKCU "Software\Halo" "InstallDir"
Icon "${SOURCE}\icons\generated\halo.ico"
UninstallIcon "${SOURCE}\icons\generated\halo.ico"
BrandingText "Halo ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "Halo"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Halo"
VIAddVersionKey LegalCopyright "MIT OR Apache-2.0"

!define UNINSTALL "Software\Microsoft\Windows\CurrentVersion\Uninstall\Halo"
!define RUN "Software\Microsoft\Windows\CurrentVersion\Run"
!define LINKS "Software\Classes\halo"

Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

; A program that runs can't be written over, and can be renamed. What is left of it goes at the next start of Windows.
!macro Put file
  ClearErrors
  ${If} ${FileExists} "$INSTDIR\${file}"
    Delete "$INSTDIR\${file}.old"
    ClearErrors
    Delete "$INSTDIR\${file}"
    ${If} ${Errors}
      ClearErrors
      Rename "$INSTDIR\${file}" "$INSTDIR\${file}.old"
      Delete /REBOOTOK "$INSTDIR\${file}.old"
      ClearErrors
    ${EndIf}
  ${EndIf}
  File "${FILES}\${file}"
  ${If} ${Errors}
    Call failed
  ${EndIf}
!macroend

Function failed
  DetailPrint "$INSTDIR can't be written: choose a folder that is yours, or free some space"
  SetErrorLevel 3
  Abort "$INSTDIR can't be written: choose a folder that is yours, or free some space."
FunctionEnd

Section
  ClearErrors
  CreateDirectory "$INSTDIR"
  SetOutPath "$INSTDIR"
  ${If} ${Errors}
    Call failed
  ${EndIf}
  !insertmacro Put halo.exe
  !insertmacro Put halow.exe
  !insertmacro Put halo-keyring.exe
  !insertmacro Put halo-window.exe
  !insertmacro Put WebView2Loader.dll
  File "${FILES}\LICENSE-MIT.txt"
  File "${FILES}\LICENSE-APACHE.txt"
  File "${FILES}\THIRD-PARTY.txt"
  File "${FILES}\halo.cdx.json"
  WriteUninstaller "$INSTDIR\uninstall.exe"

  CreateShortcut "$SMPROGRAMS\Halo.lnk" "$INSTDIR\halow.exe" "" "$INSTDIR\halo.exe"
  WriteRegStr HKCU "Software\Halo" "InstallDir" "$INSTDIR"
  WriteRegStr HKCU "${LINKS}" "" "URL:Halo"
  WriteRegStr HKCU "${LINKS}" "URL Protocol" ""
  WriteRegStr HKCU "${LINKS}\shell\open\command" "" '"$INSTDIR\halow.exe" "%1"'
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/NOAUTOSTART" $1
  ${If} ${Errors}
    WriteRegStr HKCU "${RUN}" "Halo" '"$INSTDIR\halow.exe" run'
  ${EndIf}

  WriteRegStr HKCU "${UNINSTALL}" "DisplayName" "Halo"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKCU "${UNINSTALL}" "DisplayIcon" "$INSTDIR\halo.exe"
  WriteRegStr HKCU "${UNINSTALL}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKCU "${UNINSTALL}" "UninstallString" '"$INSTDIR\uninstall.exe"'
  WriteRegStr HKCU "${UNINSTALL}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
  WriteRegDWORD HKCU "${UNINSTALL}" "NoModify" 1
  WriteRegDWORD HKCU "${UNINSTALL}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  IntFmt $0 "0x%08X" $0
  WriteRegDWORD HKCU "${UNINSTALL}" "EstimatedSize" "$0"
SectionEnd

Section Uninstall
  ; Whoever is signed in appears Offline, as after each quit.
  ExecWait '"$INSTDIR\halo.exe" quit'
  Delete "$SMPROGRAMS\Halo.lnk"
  !macro Remove file
    Delete "$INSTDIR\${file}.old"
    Delete /REBOOTOK "$INSTDIR\${file}"
  !macroend
  !insertmacro Remove halo.exe
  !insertmacro Remove halow.exe
  !insertmacro Remove halo-keyring.exe
  !insertmacro Remove halo-window.exe
  !insertmacro Remove WebView2Loader.dll
  Delete "$INSTDIR\LICENSE-MIT.txt"
  Delete "$INSTDIR\LICENSE-APACHE.txt"
  Delete "$INSTDIR\THIRD-PARTY.txt"
  Delete "$INSTDIR\halo.cdx.json"
  Delete "$INSTDIR\uninstall.exe"
  ; Only if nothing else lies there.
  RMDir "$INSTDIR"
  DeleteRegKey HKCU "Software\Halo"
  DeleteRegKey HKCU "${LINKS}"
  DeleteRegValue HKCU "${RUN}" "Halo"
  DeleteRegKey HKCU "${UNINSTALL}"
  ${GetParameters} $0
  ClearErrors
  ${GetOptions} $0 "/DELETEDATA" $1
  ${IfNot} ${Errors}
    RMDir /r "$LOCALAPPDATA\Halo"
    RMDir /r "$APPDATA\Halo"
  ${EndIf}
SectionEnd
