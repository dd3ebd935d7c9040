"""What the catalogue refuses."""

from app.core.errors import AppError


class CatalogueUnreadable(AppError):
    """The file is no catalogue."""

    code = "category.unreadable"
    status = 422
    zh = "无法读取类别文件:{hint}"
    en = "The file is no catalogue of categories: {hint}"
