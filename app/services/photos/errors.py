"""Why a photo is refused; each has a sentence for the app."""

from app.core.errors import AppError, Conflict, NotFound, TooMany


class PhotoUnknown(NotFound):
    """There is no such photo, or it is somebody else's."""

    code = "photo.unknown"
    zh = "没有这张照片"
    en = "There is no such photo"


class PhotoEmpty(AppError):
    """It holds no bytes."""

    code = "photo.empty"
    status = 422
    zh = "照片是空文件,请重新拍摄"
    en = "The photo is empty: take it again"


class PhotoTooLarge(AppError):
    """It is larger than is taken, or than was announced."""

    code = "photo.too_large"
    status = 413
    zh = "照片超过 {most_bytes} 字节"
    en = "The photo is larger than {most_bytes} bytes"


class OffsetWrong(AppError):
    """The upload goes on from ``offset``, which is where another request brought it."""

    code = "photo.offset_wrong"
    status = 409
    zh = "上传位置不符,请从 {offset} 字节处继续"
    en = "The upload continues at byte {offset}"


class ChecksumWrong(AppError):
    """The bytes that came are not those that were sent (tus checksum extension)."""

    code = "photo.checksum_wrong"
    status = 460
    zh = "数据在传输中损坏,请重传这一段"
    en = "The bytes were damaged on their way: send them again"


class ChecksumUnsupported(AppError):
    """The checksum's algorithm is not one of those offered, or it cannot be read."""

    code = "photo.checksum_unsupported"
    status = 400
    zh = "不支持这种校验方式"
    en = "This checksum cannot be checked"


class TusVersion(AppError):
    """The client speaks another version of the tus protocol."""

    code = "photo.tus_version"
    status = 412
    zh = "上传协议版本不符,应为 1.0.0"
    en = "The upload protocol's version must be 1.0.0"


class TusContent(AppError):
    """The bytes of a tus upload come under a type of their own."""

    code = "photo.tus_content"
    status = 415
    zh = "续传内容的类型应为 application/offset+octet-stream"
    en = "The content type must be application/offset+octet-stream"


class PassExpired(AppError):
    """The pass of a contractor's link is over, or was changed."""

    code = "photo.pass_expired"
    status = 403
    zh = "上传凭证已失效,请重新打开链接"
    en = "This pass is over: open the link again"


class TooManyLoose(TooMany):
    """The sender has many photos that belong to nothing yet."""

    code = "photo.too_many"
    zh = "未提交的照片太多,请先提交或删除"
    en = "Too many photos belong to nothing yet: submit or delete some"


class InPieces(TooMany):
    """The upload came in more pieces than are kept."""

    code = "photo.in_pieces"
    zh = "照片被分成了太多小段,请删除后重新上传"
    en = "The photo came in too many pieces: delete it and begin again"


class PhotoInUse(Conflict):
    """It belongs to something and cannot be taken back."""

    code = "photo.in_use"
    zh = "照片已提交,不能撤回"
    en = "The photo was submitted and cannot be taken back"


class NotReady(Conflict):
    """Its copies are not made yet, or it was refused."""

    code = "photo.not_ready"
    zh = "照片还在处理中"
    en = "The photo is not ready"


class Restricted(Conflict):
    """It shows what must not be public: children, injured people, somebody's home."""

    code = "photo.restricted"
    zh = "受限照片不能公开"
    en = "A restricted photo cannot become public"


class AddressExpired(AppError):
    """The signed address is over, or was changed."""

    code = "photo.address_expired"
    status = 403
    zh = "图片链接已失效,请刷新页面"
    en = "This address of the photo is over: reload"


# What the picture itself shows. These are found after the upload; their codes stand at the photo.


class PictureRefused(AppError):
    """The picture cannot be taken."""

    code = "photo.refused"
    status = 422
    zh = "照片无法使用,请重新拍摄"
    en = "The photo cannot be used: take it again"


class TypeUnsupported(PictureRefused):
    """It is no JPEG, PNG, WebP or HEIC."""

    code = "photo.type_unsupported"
    zh = "只支持 JPEG、PNG、WebP 和 HEIC 照片"
    en = "Only JPEG, PNG, WebP and HEIC photos are taken"


class TypeMismatch(PictureRefused):
    """It is another type than the sender said."""

    code = "photo.type_mismatch"
    zh = "文件内容与声明的类型不符"
    en = "The content is not of the type that was declared"


class Truncated(PictureRefused):
    """Its end is missing."""

    code = "photo.truncated"
    zh = "照片不完整,请重新上传"
    en = "The end of the photo is missing: send it again"


class Unreadable(PictureRefused):
    """It is damaged, or its making takes more time or memory than a photo does."""

    code = "photo.unreadable"
    zh = "照片已损坏,无法读取"
    en = "The photo is damaged and cannot be read"


class TooManyPixels(PictureRefused):
    """It has more than 60 megapixels."""

    code = "photo.too_many_pixels"
    zh = "照片像素太高,请用普通模式拍摄"
    en = "The photo has too many pixels: use the camera's normal mode"


class Animated(PictureRefused):
    """It moves."""

    code = "photo.animated"
    zh = "不支持动图"
    en = "Moving pictures are not taken"


class ForeignContent(PictureRefused):
    """Something that is no picture hides inside it or behind its end."""

    code = "photo.foreign_content"
    zh = "照片里夹带了其他文件内容"
    en = "Something that is not a picture is hidden in the file"


PICTURE_REFUSALS: dict[str, type[PictureRefused]] = {
    error.code: error
    for error in (
        TypeUnsupported,
        TypeMismatch,
        Truncated,
        Unreadable,
        TooManyPixels,
        Animated,
        ForeignContent,
    )
}
