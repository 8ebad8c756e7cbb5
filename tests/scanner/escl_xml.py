"""The capabilities that the virtual scanner states: flatbed of A3, duplex feeder of A4, 150 to 600 dpi."""

_COLOURS = "".join(
    f"<scan:ColorMode>{mode}</scan:ColorMode>" for mode in ("BlackAndWhite1", "Grayscale8", "RGB24")
)
_RESOLUTIONS = "".join(
    f"<scan:DiscreteResolution><scan:XResolution>{dpi}</scan:XResolution>"
    f"<scan:YResolution>{dpi}</scan:YResolution></scan:DiscreteResolution>"
    for dpi in (150, 200, 300, 600)
)


def _input(width: int, height: int) -> str:
    """An input's capabilities; `width` and `height` are its largest page in 1/300 inch."""
    return f"""
      <scan:MinWidth>16</scan:MinWidth><scan:MaxWidth>{width}</scan:MaxWidth>
      <scan:MinHeight>16</scan:MinHeight><scan:MaxHeight>{height}</scan:MaxHeight>
      <scan:MaxScanRegions>1</scan:MaxScanRegions>
      <scan:SettingProfiles><scan:SettingProfile>
        <scan:ColorModes>{_COLOURS}</scan:ColorModes>
        <scan:ContentTypes><pwg:ContentType>TextAndPhoto</pwg:ContentType></scan:ContentTypes>
        <scan:DocumentFormats>
          <pwg:DocumentFormat>image/jpeg</pwg:DocumentFormat>
          <scan:DocumentFormatExt>image/jpeg</scan:DocumentFormatExt>
        </scan:DocumentFormats>
        <scan:SupportedResolutions>
          <scan:DiscreteResolutions>{_RESOLUTIONS}</scan:DiscreteResolutions>
        </scan:SupportedResolutions>
      </scan:SettingProfile></scan:SettingProfiles>
      <scan:SupportedIntents><scan:Intent>Document</scan:Intent></scan:SupportedIntents>"""


_NAMES = (
    'xmlns:scan="http://schemas.hp.com/imaging/escl/2011/05/03" '
    'xmlns:pwg="http://www.pwg.org/schemas/2010/12/sm"'
)

CAPABILITIES = f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerCapabilities {_NAMES}>
  <pwg:Version>2.63</pwg:Version>
  <pwg:MakeAndModel>Scanflow Virtual</pwg:MakeAndModel>
  <pwg:SerialNumber>0001</pwg:SerialNumber>
  <scan:UUID>7d2b1c30-5f0e-4b7e-9c57-5ca2f1000001</scan:UUID>
  <scan:Platen><scan:PlatenInputCaps>{_input(3508, 4961)}</scan:PlatenInputCaps></scan:Platen>
  <scan:Adf>
    <scan:AdfSimplexInputCaps>{_input(2550, 4200)}</scan:AdfSimplexInputCaps>
    <scan:AdfDuplexInputCaps>{_input(2550, 4200)}</scan:AdfDuplexInputCaps>
    <scan:FeederCapacity>50</scan:FeederCapacity>
    <scan:AdfOptions>
      <scan:AdfOption>DetectPaperLoaded</scan:AdfOption><scan:AdfOption>Duplex</scan:AdfOption>
    </scan:AdfOptions>
  </scan:Adf>
</scan:ScannerCapabilities>
"""

STATUS = f"""<?xml version="1.0" encoding="UTF-8"?>
<scan:ScannerStatus {_NAMES}>
  <pwg:Version>2.63</pwg:Version>
  <pwg:State>{{state}}</pwg:State>
  <scan:AdfState>{{feeder}}</scan:AdfState>
</scan:ScannerStatus>
"""
